"""Starting Locust: one process, or a master and its workers, all of which end with their parent."""

import ipaddress
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from load.protocol.addresses import public_url
from load.protocol.environment import COMMAND, LOCUSTFILE, PARENT
from profiles import UserError
from report.recording.run_info import RUN

WORKERS_PATIENCE, JOINING_PATIENCE = 60, 600
"""Seconds until all workers must be ready: those that are started here, and those that somebody starts elsewhere."""
ENDING_PATIENCE = 5.0
EVERYWHERE = ("0.0.0.0", "::")


@dataclass(frozen=True)
class Crew:
    """The load generators of a run: so many processes here, so many that join from elsewhere at `address`."""

    here: int = 1
    elsewhere: int = 0
    address: tuple[str, int] = ("127.0.0.1", 0)

    @property
    def alone(self) -> bool:
        """Whether one process does it all."""
        return self.here == 1 and not self.elsewhere


def launch(arguments: Sequence[str], folder: Path, crew: Crew, command: Sequence[str]) -> int:
    """Run Locust with stepload's `arguments` and wait for its end; returns its exit code.

    The first SIGINT or SIGTERM is passed on, which ends the run in order; so is the second, which ends it at once.
    Before the run has begun there is nothing to end in order: the first ends Locust, and 128 + its number is returned.
    """
    environment = dict(os.environ, **{PARENT: str(os.getpid()), COMMAND: json.dumps(list(command))})
    recorded = ["--run-folder", str(folder), "--csv", str(folder / "locust"), "--csv-full-history"]
    main = [*_locust(), "--headless", "--only-summary", *arguments, *recorded]
    children: list[subprocess.Popen[bytes]] = []
    unbegun: list[int] = []
    if not crew.alone:
        host, port = _listening_at(crew)
        patience = JOINING_PATIENCE if crew.elsewhere else WORKERS_PATIENCE
        expected = ["--expect-workers", str(crew.here + crew.elsewhere), "--expect-workers-max-wait", str(patience)]
        main += ["--master", "--master-bind-host", host, "--master-bind-port", str(port), *expected]
        joins = joining("127.0.0.1" if host in EVERYWHERE else host, port)
        children = [_start(joins, environment) for _ in range(crew.here)]
    print_command(main)
    try:
        master = _start(main, environment)
        with _passing_signals_to(master, folder, unbegun):
            code = master.wait()
        if unbegun:
            print("interrupted before the run began: nothing was recorded", file=sys.stderr)
        return 128 + unbegun[0] if unbegun else code
    finally:
        _end(children, 0.0 if unbegun else ENDING_PATIENCE)


def joining(host: str, port: int) -> list[str]:
    """The command line of a worker that joins the master at an address."""
    return [*_locust(), "--worker", "--master-host", host, "--master-port", str(port)]


def _listening_at(crew: Crew) -> tuple[str, int]:
    """Where the master will listen; said loudly where others can reach it. Raises UserError where it can't."""
    host, port = crew.address
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            port = int(probe.getsockname()[1])
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        raise UserError(f"--master-bind {host}:{port}: the master can't listen there: {reason}") from None
    if crew.elsewhere:
        more = "1 more worker; start it" if crew.elsewhere == 1 else f"{crew.elsewhere} more workers; start each"
        print(f"waiting for {more} with: stepload worker --master {host}:{port}", flush=True)
    if not ipaddress.ip_address(socket.gethostbyname(host) if ":" not in host else host).is_loopback:
        print(f"WARNING: whoever reaches {host}:{port} can take part in this run and read its profile", file=sys.stderr)
    return host, port


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
def _passing_signals_to(process: subprocess.Popen[bytes], folder: Path, unbegun: list[int]) -> Iterator[None]:
    """Puts the signals that came before the run had begun into `unbegun`."""

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
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(children: Sequence[subprocess.Popen[bytes]], patience: float) -> None:
    deadline = time.monotonic() + patience
    for child in children:
        try:
            child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
