"""What is sampled of this machine moves when the machine does: bytes really sent and received, really written."""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from load.samplers import Host

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
