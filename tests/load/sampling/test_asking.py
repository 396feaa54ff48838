"""What others send is bounded in size and time, whatever they send."""

import gzip
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from load.sampling import asking
from load.sampling.asking import Refused, output_of, page_at
from tests.load.peers import OK, PATIENCE, SHORT, Peer, Server, answering

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


def endless(peer: Peer) -> None:
    peer.request()
    peer.send(HEAD)
    while True:
        peer.send(b"x" * 65536)


def dripping(peer: Peer) -> None:
    peer.request()
    peer.send(HEAD)
    while True:
        peer.send(b"x")
        time.sleep(SHORT / 10)


def test_a_page(serve: Callable[..., Server]) -> None:
    assert page_at(serve(answering(OK)).url, PATIENCE) == b"ok"


def test_a_page_without_end(serve: Callable[..., Server]) -> None:
    with pytest.raises(Refused, match="more than 4 MB"):
        page_at(serve(endless).url, PATIENCE)


def test_a_page_that_unpacks_to_more_than_it_may(serve: Callable[..., Server]) -> None:
    bomb = gzip.compress(bytes(200 << 20))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with pytest.raises(Refused, match="more than 4 MB"):
        page_at(serve(answering(head + bomb)).url, PATIENCE)


def test_a_page_that_drips(serve: Callable[..., Server]) -> None:
    with pytest.raises(requests.Timeout):
        page_at(serve(dripping).url, SHORT)


@pytest.mark.parametrize(
    ("status", "said"), [(b"404 Not Found", "HTTP 404"), (b"302 Found\r\nLocation: http://x", "HTTP 302, a redirect")]
)
def test_a_page_that_is_none(serve: Callable[..., Server], status: bytes, said: str) -> None:
    with pytest.raises(Refused, match=f"^{said}$"):
        page_at(serve(answering(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")).url, PATIENCE)


@pytest.mark.parametrize(
    ("command", "error", "said"),
    [
        ("yes", Refused, "more than 1 MB"),
        ("yes >&2", Refused, "more than 1 MB"),
        ("echo a >&2; echo b >&2; exit 3", Refused, "exit code 3: b"),
        ("sleep 100", subprocess.TimeoutExpired, "timed out"),
    ],
)
def test_a_command_that_fails(monkeypatch: pytest.MonkeyPatch, command: str, error: Any, said: str) -> None:
    monkeypatch.setattr(asking, "MOST", 1 << 20)
    with pytest.raises(error, match=said):
        output_of(["sh", "-c", command], SHORT if "sleep" in command else PATIENCE)


def test_a_command_that_leaves_somebody_at_its_output() -> None:
    assert output_of(["sh", "-c", "echo 42; sleep 100 &"], 1.0) == b"42\n"
