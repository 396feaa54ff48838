"""TLS, with a certificate authority of our own."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from load.http.transport import HttpClient
from tests.load.peers import OK, PATIENCE, Peer, Server, answering, over_tls


def test_tls_with_a_server_that_speaks_none(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> None:
    def script(peer: Peer) -> None:
        peer.send(b"220 ready when you are\r\n")
        peer._raw.recv(65536)

    reply = client_of(serve(script).url.replace("http", "https")).request("GET", "/")
    assert reply.code is None
    assert reply.error.startswith("TLS: ")


def test_tls_connections_are_used_again_unless_the_server_closed_them(
    serve: Callable[..., Server],
    client_of: Callable[..., HttpClient],
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    gone = threading.Event()

    def script(peer: Peer) -> None:
        for _ in range(3):
            peer.request()
            peer.send(OK)
        peer.close()
        gone.set()

    server = serve(over_tls(certificate, script), over_tls(certificate, answering(OK)))
    client = client_of(server.url.replace("http", "https"))
    assert [client.request("POST", "/").code for _ in range(3)] == [200] * 3
    assert server.connections == 1
    assert gone.wait(PATIENCE)
    assert client.request("POST", "/").code == 200


def test_tls_with_a_certificate_that_nobody_vouches_for(
    serve: Callable[..., Server], client_of: Callable[..., HttpClient], certificate: Path
) -> None:
    server = serve(over_tls(certificate, answering(OK)))
    reply = client_of(server.url.replace("http", "https")).request("GET", "/")
    assert (reply.code, reply.error) == (None, "TLS: the certificate is refused: self-signed certificate in certificate chain")
