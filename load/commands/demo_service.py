"""The service that the demo tests: the one that comes along, on a free port."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from profiles import FOLDER, UserError

WORK = ("--workers", "8", "--content-delay", "0.495", "--queue-limit", "5000")
"""Eight workers, so about 19 jobs/s of the demo's mix."""
ENDING_PATIENCE = 10
"""Seconds in which it must have ended once it is told to."""


@contextmanager
def demo_service() -> Iterator[str]:
    """The embedded service, running; gives its URL. Raises UserError where it can't be started."""
    try:
        command = [sys.executable, "-m", "service", "--port", "0", "--parent-pid", str(os.getpid()), *WORK]
        service = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=FOLDER.parent, start_new_session=True, text=True)
    except OSError as error:
        raise UserError(f"the demo's service can't be started: {error.strerror}") from None
    assert service.stdout is not None
    try:
        line = service.stdout.readline()
        if not line.startswith("listening on "):
            raise UserError("the demo's service did not start; is stepload installed with its extra, stepload[service]?")
        yield line.removeprefix("listening on ").strip()
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait(ENDING_PATIENCE)
