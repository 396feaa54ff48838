"""Keeps one command for as long as whoever started it lives: `python -m load.suite.keeper COMMAND…`, its standard input a pipe
whose other end the starter holds.

When that end closes, even by kill -9, the command is ended with everything it started: its process group, and what left that,
which this process adopts as the nearest subreaper (prctl(2)). If this process itself is killed, the kernel ends the command.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

import psutil

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LOOK_EVERY, PATIENCE = 0.1, 5.0
"""Seconds between two looks at the command, and until what was asked to end is killed."""


def main(command: Sequence[str]) -> int:
    """Keep the command until it or its starter ends; returns its exit code."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        kept = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_die_with_parent)
    except OSError as error:
        print(f"{command[0]}: can't be started: {error.strerror}", file=sys.stderr, flush=True)
        return 127
    try:
        while kept.poll() is None and not _starter_is_gone():
            pass
        return kept.returncode if kept.returncode is not None else 0
    finally:
        _end(kept)


def _starter_is_gone() -> bool:
    readable, _, _ = select.select([sys.stdin], [], [], LOOK_EVERY)
    return bool(readable) and not os.read(sys.stdin.fileno(), 1)


def _end(kept: "subprocess.Popen[bytes]") -> None:
    """Ask the command and all that came of it to end, and kill what does not."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with suppress(ProcessLookupError):
        os.killpg(kept.pid, signal.SIGTERM)
    _signal_all(signal.SIGTERM, but=kept.pid)
    deadline = time.monotonic() + PATIENCE
    while _living() and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY / 2)
    while _living():  # What was killed may have left children, which are ours now.
        _signal_all(signal.SIGKILL)
        time.sleep(LOOK_EVERY / 10)
    with suppress(ChildProcessError):
        kept.wait()


def _signal_all(number: signal.Signals, but: int | None = None) -> None:
    for process in _living():
        if process.pid != but:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)


def _living() -> list[psutil.Process]:
    """Everything below this process that has not ended; those that have are reaped."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return [child for child in psutil.Process().children(recursive=True) if _is_alive(child)]


def _is_alive(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def _die_with_parent() -> None:
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    """Does nothing where there is no prctl: then a command that leaves its group, or a killed keeper, is not looked after."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
