"""What is sampled of this machine and its processes moves when they do: bytes really sent, really written, CPU really used."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from load.sampling.samplers import Host, ProcessTree, cpu_between

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
