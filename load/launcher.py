"""Starting Locust: one process, or a master and its workers, all of which end with their parent."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from profiles import FOLDER
from report.runinfo import RUN

from .api import public_url

LOCUSTFILE = FOLDER.parent / "locustfile.py"
PARENT, COMMAND = "STEPLOAD_PARENT", "STEPLOAD_COMMAND"
"""Environment variables that tell a launched Locust who started it, and with which command."""

WORKERS_PATIENCE = 60
ENDING_PATIENCE = 5.0


def launch(arguments: Sequence[str], folder: Path, workers: int, command: Sequence[str]) -> int:
    """Run Locust with stepload's `arguments` and wait for its end; returns its exit code.

    The first SIGINT or SIGTERM is passed on, which ends the run in order; so is the second, which ends it at once.
    Before the run has begun there is nothing to end in order: the first ends Locust, and 128 + its number is returned.
    """
    environment = dict(os.environ, **{PARENT: str(os.getpid()), COMMAND: json.dumps(list(command))})
    recorded = ["--run-folder", str(folder), "--csv", str(folder / "locust"), "--csv-full-history"]
    main = [*_locust(), "--headless", "--only-summary", *arguments, *recorded]
    children: list[subprocess.Popen[bytes]] = []
    if workers > 1:
        port = _free_port()
        bound = ["--master-bind-host", "127.0.0.1", "--master-bind-port", str(port)]
        expected = ["--expect-workers", str(workers), "--expect-workers-max-wait", str(WORKERS_PATIENCE)]
        main += ["--master", *bound, *expected]
        joins = [*_locust(), "--worker", "--master-host", "127.0.0.1", "--master-port", str(port)]
        children = [_start(joins, environment) for _ in range(workers)]
    print_command(main)
    try:
        master = _start(main, environment)
        with _passing_signals_to(master, folder) as unbegun:
            code = master.wait()
        return 128 + unbegun[0] if unbegun else code
    finally:
        _end(children)


def print_command(command: Sequence[str]) -> None:
    """Show the locust command that is started, as a person could type it."""
    typed = command[command.index("locust") + 1 :]
    shown = ["locust", *(f"--host={public_url(part[7:])}" if part.startswith("--host=") else part for part in typed)]
    print("$ " + shlex.join(part.replace(str(LOCUSTFILE), "locustfile.py") for part in shown), flush=True)


def _locust() -> list[str]:
    return [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--loglevel", "ERROR"]


def _start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    # A session of its own: a terminal's Ctrl-C reaches us alone, and we pass it on to the master alone.
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)


@contextmanager
def _passing_signals_to(process: subprocess.Popen[bytes], folder: Path) -> Iterator[list[int]]:
    """Yields the signals that came before the run had begun."""
    unbegun: list[int] = []

    def forward(number: int, _frame: object) -> None:
        if process.poll() is not None:
            return
        if (folder / RUN).exists():
            process.send_signal(number)
        else:
            # Locust listens to signals only when it has started; until then they would show its inside.
            unbegun.append(number)
            process.kill()

    before = {number: signal.signal(number, forward) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield unbegun
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(children: Sequence[subprocess.Popen[bytes]]) -> None:
    for child in children:
        try:
            child.wait(ENDING_PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
