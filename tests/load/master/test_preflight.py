"""A target that is ready, and ones that are not."""

from collections.abc import Callable

import pytest

from load.master.preflight import wait_until_ready
from profiles import UserError, validate
from tests.load.peers import OK, Peer, Server, answering
from tests.small import DOCUMENT

PROFILE = validate(DOCUMENT | {"api": DOCUMENT["api"] | {"ready": "GET /health"}}, "test.toml")


def endless(peer: Peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        peer.send(b"x" * 65536)


LARGE = b"HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n" + b"x" * 8_000_000


@pytest.mark.parametrize("reply", [OK, LARGE], ids=["short", "large"])
def test_a_target_is_ready_however_much_it_says(serve: Callable[..., Server], reply: bytes) -> None:
    wait_until_ready(PROFILE, serve(answering(reply)).url, patience=0)


def test_a_reply_without_an_end_is_given_up(serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("load.master.preflight.REPLY_PATIENCE", 0.2)
    with pytest.raises(UserError, match="/health: the target is not ready: no answer within"):
        wait_until_ready(PROFILE, serve(endless).url, patience=0)


def test_a_target_that_is_not(serve: Callable[..., Server]) -> None:
    url = serve(answering(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")).url
    with pytest.raises(UserError, match=r"/health: the target is not ready: HTTP 503$"):
        wait_until_ready(PROFILE, url, patience=0)
