"""The command lines of the Locust processes of a run."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from load.protocol.environment import LOCUSTFILE

from .crew import Crew

WORKERS_PATIENCE = 60
"""Seconds until all workers must be ready, where all are started here."""
JOINING_PATIENCE = 600
"""Seconds until all workers must be ready, and until a worker's master must listen, where somebody starts them elsewhere."""
EVERYWHERE = ("0.0.0.0", "::")
"""Addresses of a master that listens on all interfaces: its own workers join it on loopback."""


def leading(arguments: Sequence[str], folder: Path) -> list[str]:
    """The command line of a run in one process, or of a master; `arguments` are stepload's own."""
    recorded = ["--run-folder", str(folder), "--csv", str(folder / "locust"), "--csv-full-history"]
    return [*_locust(), "--headless", "--only-summary", *arguments, *recorded]


def as_master(crew: Crew, host: str, port: int) -> list[str]:
    """What makes a master of it, which listens there and waits for its crew."""
    patience = JOINING_PATIENCE if crew.elsewhere else WORKERS_PATIENCE
    expected = ["--expect-workers", str(crew.here + crew.elsewhere), "--expect-workers-max-wait", str(patience)]
    return ["--master", "--master-bind-host", host, "--master-bind-port", str(port), *expected]


def joining(host: str, port: int) -> list[str]:
    """The command line of a worker that joins the master at an address."""
    reached = "127.0.0.1" if host in EVERYWHERE else host
    return [*_locust(), "--worker", "--master-host", reached, "--master-port", str(port)]


def shown(command: Sequence[str]) -> str:
    """A locust command as a person could type it."""
    parts = ["locust", *command[command.index("locust") + 1 :]]
    return shlex.join(part.replace(str(LOCUSTFILE), "locustfile.py") for part in parts)


def _locust() -> list[str]:
    return [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--loglevel", "ERROR"]
