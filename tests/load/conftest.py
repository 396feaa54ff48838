"""A small profile, rows to fill in, and servers that misbehave."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from load.http.transport import HttpClient, Limits, Reply
from tests.load.peers import PATIENCE, Peer, Script, Server


@pytest.fixture
def stack() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as opened:
        yield opened


@pytest.fixture
def serve(stack: contextlib.ExitStack) -> Callable[..., Server]:
    """Start a server that plays these scripts."""
    return lambda *scripts: stack.enter_context(contextlib.closing(Server(*scripts)))


@pytest.fixture
def client_of(stack: contextlib.ExitStack) -> Callable[..., HttpClient]:
    """A client of a URL, closed before the server is."""

    def client(url: str, timeout: float = PATIENCE, limits: Limits | None = None, **headers: str) -> HttpClient:
        return stack.enter_context(
            contextlib.closing(HttpClient(url, limits or Limits(timeout), headers, ["Location", "Content-Encoding"]))
        )

    return client


@pytest.fixture
def ask(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> Callable[..., Reply]:
    """The client's view of one GET that is answered with these bytes, and a hang-up."""

    def ask_once(answer: bytes | Script, timeout: float = PATIENCE) -> Reply:
        def answering(peer: Peer) -> None:
            peer.request()
            peer.send(answer)

        return client_of(serve(answer if callable(answer) else answering).url, timeout).request("GET", "/")

    return ask_once


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of our own for 127.0.0.1, and the authority's, in one file."""
    file = tmp_path_factory.mktemp("tls") / "all.pem"
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(file))
    authority.cert_pem.write_to_path(str(file), append=True)
    return file
