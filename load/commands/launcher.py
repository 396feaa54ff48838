"""Starting Locust: one process, or a master and its workers, all of which end with their parent."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from load.protocol.environment import COMMAND, PARENT, TARGET
from load.protocol.terminal import ending_signals, let_go_of_terminal
from report.recording.run_info import RUN

from .crew import Crew, listening_at
from .locust_command import as_master, joining, leading, shown

ENDING_PATIENCE = 5.0
"""Seconds in which workers have ended once their master has; then they are killed."""
TIMED_OUT, ORDERLY_PATIENCE = 124, 60.0
"""What a run that took too long comes to, as timeout(1) has it; seconds in which it ends in order when asked to."""


def launch(
    arguments: Sequence[str],
    host: str,
    folder: Path,
    crew: Crew,
    command: Sequence[str],
    output: IO[bytes] | None = None,
    timeout: float | None = None,
) -> int:
    """Run Locust with stepload's `arguments` and wait for its end; returns its exit code, negative where it was killed.
    `host` is the target; `command` is what a person typed; what Locust prints goes to `output`, if there is one. A run that has
    gone on for `timeout` seconds is ended in order, and TIMED_OUT returned.

    The first SIGINT, SIGTERM or SIGHUP is passed on, which ends the run in order; so is the second, which ends it at once.
    Before the run has begun there is nothing to end in order: the first ends Locust, and 128 + its number is returned.
    """
    environment = dict(os.environ, **{PARENT: str(os.getpid()), COMMAND: json.dumps(list(command)), TARGET: host})
    main, workers = leading(arguments, folder), []
    if not crew.alone:
        host, port = listening_at(crew)
        main += as_master(crew, host, port)
        workers = [_start(joining(host, port), environment, output) for _ in range(crew.here)]
    if output is None:
        print(f"$ {shown(main)}", flush=True)
    unbegun: list[int] = []
    try:
        master = _start(main, environment, output)
        with _passing_signals_to(master, folder, unbegun):
            code = master.wait() if timeout is None else _wait(master, folder, timeout)
    finally:
        _end(workers, 0.0 if unbegun else ENDING_PATIENCE)
    if not unbegun:
        return code
    print("interrupted before the run began: nothing was recorded", file=sys.stderr)
    return 128 + unbegun[0]


def _start(command: list[str], environment: dict[str, str], output: IO[bytes] | None) -> subprocess.Popen[bytes]:
    # A session of its own: a terminal's Ctrl-C reaches us alone, and we pass it on to the master alone.
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
    )


def _wait(master: subprocess.Popen[bytes], folder: Path, timeout: float) -> int:
    """Wait for the end of a run, for so many seconds from when its recording began."""
    begun = asked = None
    while True:
        with suppress(subprocess.TimeoutExpired):
            code = master.wait(0.1)
            return code if asked is None else TIMED_OUT
        now = time.monotonic()
        if begun is None and (folder / RUN).exists():
            begun = now
        if asked is None and begun is not None and now - begun > timeout:
            asked = now
            master.send_signal(signal.SIGTERM)
        elif asked is not None and now - asked > ORDERLY_PATIENCE:
            master.kill()


@contextmanager
def _passing_signals_to(process: subprocess.Popen[bytes], folder: Path, unbegun: list[int]) -> Iterator[None]:
    """Puts the signals that came before the run had begun into `unbegun`."""

    def forward(number: int, _frame: object) -> None:
        if number == signal.SIGHUP:
            let_go_of_terminal()
        if process.poll() is not None:
            return
        if (folder / RUN).exists():
            process.send_signal(number)
        else:
            # Locust listens to signals only when it has started; until then they would show its inside.
            unbegun.append(number)
            process.kill()

    before = {number: signal.signal(number, forward) for number in ending_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            if number != signal.SIGHUP:  # The report is written all the same, whenever the terminal goes away.
                signal.signal(number, handler)


def _end(children: Sequence[subprocess.Popen[bytes]], patience: float) -> None:
    deadline = time.monotonic() + patience
    for child in children:
        try:
            child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
