"""What is sampled of this machine and its processes moves when they do: bytes really sent, really written, CPU really used."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from load.sampling.samplers import Host, Others, ProcessTree, cpu_between
from load.sampling.watches import watched
from profiles import UserError, Watch

CHUNK = bytes(64 * 1024)
CHUNKS = 64
SIZE = len(CHUNK) * CHUNKS


def moved_while(act: Callable[[], object]) -> dict[str, float]:
    """Bytes by metric that the host tells of meanwhile, or more: its rates are over less time than is counted here."""
    begun = time.monotonic()
    host = Host()
    act()
    rates = host.sample()
    seconds = time.monotonic() - begun
    return {metric: rate * seconds for metric, rate in rates.items()}


def test_traffic_is_told() -> None:
    def talk() -> None:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.create_connection(server.getsockname()) as here,
            server.accept()[0] as there,
        ):
            for _ in range(CHUNKS):
                here.sendall(CHUNK)
                there.recv(len(CHUNK), socket.MSG_WAITALL)

    moved = moved_while(talk)
    assert moved["net_sent"] >= SIZE and moved["net_received"] >= SIZE


def test_what_is_written_is_told(tmp_path: Path) -> None:
    if os.major(tmp_path.stat().st_dev) == 0:
        pytest.skip(f"{tmp_path} is on no disk of its own: run pytest with --basetemp on one")

    def write() -> None:
        with (tmp_path / "file").open("wb") as file:
            file.write(os.urandom(SIZE))
            file.flush()
            os.fsync(file.fileno())

    assert moved_while(write)["disk_written"] >= SIZE


BURN = "import time; end = 0.15\nwhile time.process_time() < end: pass"
PARENT = f"""
import subprocess, sys
sys.stdin.readline()
for _ in range(4):
    subprocess.run([sys.executable, "-c", {BURN!r}])
print("done", flush=True)
sys.stdin.readline()
"""


def test_processors_are_counted_that_short_lived_children_used() -> None:
    """A worker that starts a program for each job, as one of a video service does, uses nothing itself."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdin and parent.stdout
    try:
        tree = ProcessTree({"pid": parent.pid})
        assert tree.sample()["cpu"] == 0
        before, at = sum(psutil.Process(parent.pid).cpu_times()[:4]), time.monotonic()
        parent.stdin.write("go\n")
        parent.stdin.flush()
        told = 0.0
        for _ in range(4):
            time.sleep(0.2)
            now = time.monotonic()
            told += tree.sample()["cpu"] * (now - at)
            at = now
        assert parent.stdout.readline() == "done\n"
        told += tree.sample()["cpu"] * (time.monotonic() - at)
        used = sum(psutil.Process(parent.pid).cpu_times()[:4]) - before
    finally:
        parent.communicate("end\n", timeout=10)
    assert used > 0.6
    assert told == pytest.approx(used, rel=0.15)


def test_what_a_child_used_is_counted_once() -> None:
    seen = {"parent": (1.0, 5.0), "child": (0.4, 0.0)}
    assert cpu_between(seen, {"parent": (1.1, 5.6)}) == pytest.approx(0.1 + 0.2), "the child ended after 0.6 s in all"
    assert cpu_between(seen, {"parent": (1.1, 5.0)}) == pytest.approx(0.1), "nobody waited for it"
    assert cpu_between(seen, {**seen, "new": (0.3, 0.2)}) == pytest.approx(0.5)


@pytest.fixture
def called_alike(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Three processes of one name that nothing else here has."""
    program = shutil.copy(shutil.which("sleep") or "/bin/sleep", tmp_path / f"alike{os.getpid()}")
    processes = [subprocess.Popen([program, "120"]) for _ in range(3)]
    try:
        yield Path(program).name, processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_several_processes_of_a_name_are_an_error_that_names_them(
    called_alike: tuple[str, list[subprocess.Popen[bytes]]],
) -> None:
    name, processes = called_alike
    watch = Watch.model_validate({"name": "workers", "process": {"name": name}})
    with pytest.raises(UserError) as refused:
        watched(watch, "http://127.0.0.1:1")
    said = str(refused.value)
    assert said.startswith(f"watch workers: process: 3 processes are called {name!r} (") and "allowed: each" in said
    assert all(str(process.pid) in said for process in processes)
    assert ProcessTree({"name": name}).sample() == {}, "nor is one of them taken for all later on"


def test_each_process_of_a_name_is_in_the_sum(called_alike: tuple[str, list[subprocess.Popen[bytes]]]) -> None:
    name, processes = called_alike
    watch = Watch.model_validate({"name": "workers", "process": {"name": name, "each": True}})
    pick = watched(watch, "http://127.0.0.1:1")["process"]
    assert pick is not None
    tree = ProcessTree(pick)
    sampled = tree.sample()
    assert sampled["processes"] == 3 and sampled["rss"] == sum(psutil.Process(p.pid).memory_info().rss for p in processes)
    processes[0].kill()
    processes[0].wait()
    assert tree.sample()["processes"] == 2


def test_the_busiest_processes_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Others, "EVERY", 0.2)
    monkeypatch.setattr(Others, "MOST", 10_000)
    program = Path(shutil.copy(shutil.which("yes") or "/usr/bin/yes", tmp_path / f"busy{os.getpid()}"))
    process = subprocess.Popen([program], stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        others, used = Others(), 0.0
        while not used:
            used = others.sample().get(f"cpu_of_{program.name}", 0.0)
            time.sleep(0.1)
        assert 0 < used <= 1.1
    finally:
        process.kill()
        process.wait()


def test_a_process_and_those_it_started_are_one(tmp_path: Path) -> None:
    """A parent and its children of the same name, as servers that fork have them."""
    shell = shutil.copy(os.path.realpath(shutil.which("dash") or "/bin/sh"), tmp_path / f"forks{os.getpid()}")
    process = subprocess.Popen([shell, "-c", "(sleep 120 & echo; wait) & wait"], stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert process.stdout and process.stdout.readline() == b"\n"
        tree = ProcessTree({"name": Path(shell).name})
        assert tree.sample()["processes"] == 3
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_each_belongs_to_a_name() -> None:
    with pytest.raises(ValueError, match="each belongs to name: only of a name can there be several"):
        Watch.model_validate({"name": "x", "process": {"port": 80, "each": True}})
