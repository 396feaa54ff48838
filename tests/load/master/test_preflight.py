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


@pytest.mark.parametrize("script", [answering(OK), endless], ids=["short", "endless"])
def test_a_target_is_ready_however_much_it_says(serve: Callable[..., Server], script: Callable[[Peer], None]) -> None:
    wait_until_ready(PROFILE, serve(script).url, patience=0)


def test_a_target_that_is_not(serve: Callable[..., Server]) -> None:
    url = serve(answering(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")).url
    with pytest.raises(UserError, match=r"/health: the target is not ready: HTTP 503$"):
        wait_until_ready(PROFILE, url, patience=0)
