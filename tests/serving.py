"""Starts the real service as a process, on a free port, and makes sure none is left."""

import contextlib
import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
PATIENCE = 600.0
"""Seconds that no test comes near unless something hangs, however busy the machine is."""


class Service:
    """One running service and a client that talks to it."""

    def __init__(self, folder: Path, *args: object) -> None:
        self.folder = folder
        self.truth_path = folder / "truth.csv"
        self._errors = (folder / "stderr.txt").open("ab")
        command = [sys.executable, "-m", "service", "--port", "0", "--parent-pid", os.getpid()]
        self.process = subprocess.Popen(
            [str(each) for each in (*command, "--truth", self.truth_path, *args)],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(folder)},
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        line = self.process.stdout.readline()
        self.ready = time.monotonic()
        assert line.startswith("listening on http://127.0.0.1:"), self.stderr()
        self.url = line.split()[-1]
        self.client = httpx.Client(base_url=self.url, trust_env=False, verify=False, timeout=PATIENCE)

    def stderr(self) -> str:
        return (self.folder / "stderr.txt").read_text()

    def submit(self, kind: str, **args: object) -> str:
        """The id of an accepted task."""
        response = self.client.post("/tasks/submissions", json={"type": kind, "args": args})
        assert response.status_code == 202, response.text
        return response.json()["id"]

    def state(self, task: str) -> dict:
        return self.client.get(f"/tasks/submissions/{task}").json()

    def result(self, task: str) -> object:
        response = self.client.get(f"/tasks/{task}")
        assert response.status_code == 200, response.text
        return response.json()["result"]

    def wait(self, task: str, *statuses: str) -> dict:
        """The state of a task once it has one of these statuses, or has ended."""
        wanted = statuses or ("SUCCEEDED", "FAILED", "REJECTED")
        return until(lambda: state if (state := self.state(task)).get("status") in wanted else None)

    def run(self, kind: str, **args: object) -> tuple[str, object]:
        """Status and result of a task that was run to its end."""
        task = self.submit(kind, **args)
        return self.wait(task)["status"], self.result(task)

    def truth(self, task: str | None = None) -> list[dict]:
        with self.truth_path.open() as file:
            rows = list(csv.DictReader(file))
        return [row for row in rows if task in (None, row["id"])]

    def end(self, number: int = signal.SIGTERM) -> int:
        """Sends a signal and returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self._errors.close()


def until(question: Callable[[], object], deadline: float = PATIENCE):
    """Asks again and again until the answer is true; returns it."""
    end = time.monotonic() + deadline
    while not (answer := question()):
        assert time.monotonic() < end, "took too long"
        time.sleep(0.005)
    return answer


def starter(folder: Path) -> Iterator[Callable[..., Service]]:
    with contextlib.ExitStack() as stack:

        def start(*args: object) -> Service:
            service = Service(folder, *args)
            stack.callback(service.close)
            return service

        yield start
