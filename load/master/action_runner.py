"""The profile's actions: commands run before, during and after the load, each in a process of its own.

Nothing waits for one that runs during the load, and none outlives the run. What a command prints is kept, its end above
all; the values of secrets stand in it, as everywhere, by their names.
"""

import ctypes
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import gevent
from gevent import subprocess
from gevent.pool import Group
from gevent.socket import wait_read

from load.protocol.secrets import secrets_in, without_secrets
from load.sampling.command_line import words_of
from profiles import Action, Profile
from report.recording.event import Event
from report.recording.events import ActionEnd, ActionStart

KEPT = 2000
"""Letters kept of what a command prints."""
READ = 65536
"""Bytes read at once."""
LINGER = 0.5
"""Seconds that the output of an ended command may still take: something it started may hold it open for ever."""
_PR_SET_PDEATHSIG = 1
"""prctl's option (linux/prctl.h): the signal that a process gets when its parent ends."""


class ActionRunner:
    """Runs them all. `tell` records an event; `clock` tells seconds since the run's epoch. Raises UserError where the
    environment lacks a secret."""

    def __init__(self, profile: Profile, tell: Callable[[Event], None], clock: Callable[[], float]) -> None:
        self._tell, self._clock = tell, clock
        self._commands = {action.name: command_of(action) for action in profile.action}
        self._actions = profile.action
        self._left = sorted((action for action in profile.action if not isinstance(action.at, str)), key=lambda a: a.at)
        named = [*profile.api.headers.values(), *(action.run for action in profile.action)]
        self._secrets = secrets_in(named)
        self._running = Group()

    def start_due(self, elapsed: float) -> None:
        """Start those whose time has come, `elapsed` seconds into the load."""
        while self._left and float(self._left[0].at) <= elapsed:
            self._running.spawn(self._perform, self._left.pop(0))

    def run_all(self, at: str, wanted: Callable[[], bool]) -> str:
        """Run those "before" or "after" the load, one after the other, for as long as it is `wanted`; returns what went
        wrong first, or ""."""
        for action in self._actions:
            if action.at != at:
                continue
            running = self._running.spawn(self._perform, action)
            while not running.ready() and wanted():
                running.join(0.1)
            running.kill()
            if isinstance(running.value, str) and running.value:
                return f"the action {action.name} {running.value}"
        return ""

    def stop(self) -> None:
        """End all that are still running."""
        self._running.kill()

    def _perform(self, action: Action) -> str:
        """Run one to its end; returns what went wrong, or ""."""
        begun, lines, code, wrong = self._clock(), bytearray(), None, "was ended with the run"
        self._tell(ActionStart(begun, action.name, action.run))
        try:
            code, wrong = self._run(action, lines)
        finally:
            now = self._clock()
            output = without_secrets(lines.decode("utf-8", "replace"), self._secrets).strip()[-KEPT:]
            self._tell(ActionEnd(now, action.name, code, wrong, now - begun, output))
        return wrong

    def _run(self, action: Action, lines: bytearray) -> tuple[int | None, str]:
        try:
            process = subprocess.Popen(
                self._commands[action.name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=_die_with_parent,
            )  # fmt: skip
        except OSError as error:
            return None, f"can't be started: {error.strerror}"
        reader = gevent.spawn(_read, process.stdout, lines)
        try:
            code = process.wait(timeout=action.timeout)
            return code, f"failed with exit code {code}" if code else ""
        except subprocess.TimeoutExpired:
            _kill(process)
            return None, f"took longer than its {action.timeout:g} s and was ended"
        except gevent.GreenletExit:
            _kill(process)
            raise
        finally:
            reader.join(LINGER)
            reader.kill()


def command_of(action: Action) -> Sequence[str]:
    """The words of an action's command, secrets filled in. Raises UserError where the environment lacks one, or this machine the
    program."""
    return words_of(action.run, f"action {action.name}: run")


def _read(stream: Any, lines: bytearray) -> None:
    while True:
        wait_read(stream.fileno())
        part = os.read(stream.fileno(), READ)
        if not part:
            return
        lines += part
        del lines[:-READ]


def _kill(process: Any) -> None:
    """End a command that still runs, and all that it started; what an ended one left running is meant to run."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _die_with_parent() -> None:
    """In the child: should the master be killed, its actions end with it."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
