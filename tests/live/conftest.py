"""stepload as a process, against the real service on loopback."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from tests.serving import PATIENCE, ROOT, Service, starter, until

BUSY = (
    "--set", "method.generator_cpu=9", "--set", "method.generator_lag=1m", "--set", "method.generator_late=1.0",
)  # fmt: skip
"""On a machine however busy."""
QUICK = (
    "--set", "clients.submit_every=1s", "--set", "clients.poll_every=200ms",
    "--set", "load.ramp=1s", "--set", "load.drain=5s", *BUSY,
)  # fmt: skip
"""Short profiles for tests: a job a second from each client, polled five times a second."""
SLOW = ("p90(status) < 500ms", "max(status) < 1m")
"""A limit of the profile smoke, and what it is on a machine however busy."""


class Stepload:
    """One running stepload command and the processes it started."""

    def __init__(self, folder: Path, *args: object, **popen: object) -> None:
        self.folder = folder
        self.output = folder.parent / f"{folder.name}.out"
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT), *map(str, args)], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, **popen
            )

    def text(self) -> str:
        return self.output.read_text()

    def wait(self, seconds: float = PATIENCE) -> int:
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running after {seconds} s:\n{self.text()}") from None

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def master(self) -> psutil.Process:
        return next(p for p in self.family() if "--run-folder" in p.cmdline())

    def until_recorded(self, rows: int, file: str = "jobs.csv") -> None:
        """Wait until the run folder holds so many rows."""
        path = self.folder / file
        until(lambda: self._running() and path.exists() and path.read_bytes().count(b"\n") > rows)

    def _running(self) -> bool:
        assert self.process.poll() is None, self.text()
        return True

    def kill(self) -> None:
        if self.process.poll() is None:
            family = self.family()
            for process in [self.process, *family]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGKILL)
            self.process.wait()


@pytest.fixture(name="until")
def until_fixture() -> Callable[..., object]:
    return until


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    yield from starter(tmp_path)


@pytest.fixture
def stepload(tmp_path: Path) -> Iterator[Callable[..., Stepload]]:
    """Starts `stepload run smoke` against a URL, quick, with more options; kills what is left of it. No PDF unless wanted."""
    started: list[Stepload] = []

    def start(
        url: str, *options: object, profile: object = "smoke", quick: Sequence[object] = QUICK, pdf: bool = False, **popen: object
    ) -> Stepload:
        folder = tmp_path / f"run-{len(started)}"
        limits = ("--set", f"limit.2.that={SLOW[1]}") if profile == "smoke" else ()
        args: Sequence[object] = ("run", profile, "--host", url, "--run-folder", folder, *limits, *quick, *options)
        args = args if pdf else (*args, "--no-pdf")
        started.append(Stepload(folder, *args, **popen))
        return started[-1]

    yield start
    for each in started:
        each.kill()


@pytest.fixture
def profile_with(tmp_path: Path) -> Callable[..., Path]:
    """The profile smoke with more tables at its end, and with some of its text (old, new) replaced."""

    def profile(more: str = "", *replaced: tuple[str, str]) -> Path:
        text = (ROOT / "profiles" / "smoke.toml").read_text()
        for old, new in (SLOW, *replaced):
            assert old in text
            text = text.replace(old, new)
        file = tmp_path / "mine.toml"
        file.write_text(text + more)
        return file

    return profile


@pytest.fixture
def command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a stepload command to its end."""

    def run(*args: object, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT), *map(str, args)], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE,
            env={**os.environ, **env},
        )  # fmt: skip

    return run
