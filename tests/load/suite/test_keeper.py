"""The keeper: nothing of what it started outlives it, or whoever started it, however that ends."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.serving import PATIENCE, ROOT, until

FAMILY = """
import os, subprocess, sys, time
from pathlib import Path
one = subprocess.Popen(["sleep", "600"])
two = subprocess.Popen(["sleep", "600"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        Path(sys.argv[1]).write_text(f"{one.pid} {two.pid} {os.getpid()} {os.getppid()}")
        time.sleep(600)
    os._exit(0)
time.sleep(600)
"""
"""A service with a child, a child in a session of its own, and a daemon that was forked twice."""


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """A keeper and the processes of its family."""
    told = tmp_path / "pids"
    kept = subprocess.Popen(
        [sys.executable, "-m", "load.suite.keeper", sys.executable, "-c", FAMILY, str(told)], cwd=ROOT, stdin=subprocess.PIPE
    )
    until(lambda: told.exists() and len(told.read_text().split()) == 4)
    service = psutil.Process(kept.pid).children()[0].pid
    pids = [service, *map(int, told.read_text().split()[:3])]
    assert all(map(psutil.pid_exists, pids))
    yield kept, pids
    for pid in [kept.pid, *pids]:
        if alive(pid):
            os.kill(pid, signal.SIGKILL)
    kept.wait()
    assert kept.stdin is not None
    kept.stdin.close()


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_all_end_when_the_pipe_does(keeper: tuple[subprocess.Popen[bytes], list[int]]) -> None:
    kept, pids = keeper
    assert kept.stdin is not None
    kept.stdin.close()
    assert kept.wait(PATIENCE) == 0
    assert not [pid for pid in pids if alive(pid)]


def test_all_end_when_it_is_asked_to(keeper: tuple[subprocess.Popen[bytes], list[int]]) -> None:
    kept, pids = keeper
    kept.terminate()
    assert kept.wait(PATIENCE) == 0
    assert not [pid for pid in pids if alive(pid)]


def test_the_command_ends_with_a_killed_keeper(keeper: tuple[subprocess.Popen[bytes], list[int]]) -> None:
    kept, (service, *_) = keeper
    kept.kill()
    until(lambda: not alive(service))


def test_all_end_when_the_starter_is_killed() -> None:
    starter = textwrap.dedent("""
        import subprocess, sys, time
        kept = subprocess.Popen([sys.executable, "-m", "load.suite.keeper", "sleep", "600"], stdin=subprocess.PIPE)
        print(kept.pid, flush=True)
        time.sleep(600)
    """)
    with subprocess.Popen([sys.executable, "-c", starter], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        kept = int(process.stdout.readline())
        command = until(lambda: psutil.Process(kept).children())[0].pid  # type: ignore[index]
        process.kill()
    until(lambda: not alive(kept) and not alive(command))


def test_the_exit_code_of_the_command_is_passed_on() -> None:
    def run(*command: str) -> subprocess.CompletedProcess[str]:
        with subprocess.Popen(["sleep", "600"], stdout=subprocess.PIPE) as pipe:
            done = subprocess.run(
                [sys.executable, "-m", "load.suite.keeper", *command], cwd=ROOT, stdin=pipe.stdout, capture_output=True, text=True,
                timeout=PATIENCE,
            )  # fmt: skip
            pipe.kill()
        return done

    assert run("sh", "-c", "exit 7").returncode == 7
    missing = run("no-such-command")
    assert (missing.returncode, missing.stderr) == (127, "no-such-command: can't be started: No such file or directory\n")
