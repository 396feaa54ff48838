"""The fixtures of the live tests, for runs that take minutes, and a target that is faster than any generator."""

import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.live.conftest import command, service, stepload, until_fixture
from tests.serving import ROOT

__all__ = ["command", "service", "stepload", "until_fixture"]


class Counted:
    """A process of tests/soak/counting.py."""

    def __init__(self) -> None:
        words = [sys.executable, "-m", "tests.soak.counting"]
        self.process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def answered(self) -> int:
        """How many requests of a run it has answered."""
        return int(httpx.get(f"{self.url}/counts", trust_env=False, timeout=60).text)


@pytest.fixture
def counted() -> Iterator[Counted]:
    target = Counted()
    yield target
    target.process.communicate()
