"""What a request looks like on the wire, and targets that can't be reached."""

import contextlib
import socket
from collections.abc import Callable
from typing import Any

import pytest

from load.http.transport import HttpClient
from tests.load.peers import OK, Server, ServerOnIPv6, answering


def test_a_request_is_written_as_it_should_be(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> None:
    server = serve(answering(OK, OK, OK))
    client = client_of(f"{server.url}/base/", Authorization="Bearer x")
    replies = [
        client.request("POST", "/jobs?a=1", b'{"n": 1}'),
        client.request("GET", "/jobs/1"),
        client.request("DELETE", "/jobs/1"),
    ]
    common = f"Host: 127.0.0.1:{server.port}\r\nUser-Agent: stepload\r\nAccept: */*\r\nAuthorization: Bearer x"
    assert server.heads == [
        f"POST /base/jobs?a=1 HTTP/1.1\r\n{common}\r\nContent-Type: application/json\r\nContent-Length: 8",
        f"GET /base/jobs/1 HTTP/1.1\r\n{common}",
        f"DELETE /base/jobs/1 HTTP/1.1\r\n{common}\r\nContent-Type: application/json\r\nContent-Length: 0",
    ]
    assert server.bodies == [b'{"n": 1}', b"", b""]
    sizes = [len(head) + 4 + len(body) for head, body in zip(server.heads, server.bodies, strict=True)]
    assert [reply.bytes_up for reply in replies] == sizes


def test_credentials_in_the_url_become_a_header(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> None:
    server = serve(answering(OK))
    client_of(f"http://me:p%40ss@127.0.0.1:{server.port}").request("GET", "/")
    client_of(f"http://me:pass@127.0.0.1:{server.port}", authorization="Bearer x").request("GET", "/")
    first, second = server.heads
    assert f"Host: 127.0.0.1:{server.port}\r\n" in first
    assert "Authorization: Basic bWU6cEBzcw==" in first
    assert "Basic" not in second and "authorization: Bearer x" in second


def test_a_header_that_is_said_replaces_ours(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> None:
    server = serve(answering(OK, OK))
    said = {"accept": "text/x", "HOST": "there", "content-type": "application/x", "user-agent": "me"}
    client = client_of(server.url, **said)
    client.request("POST", "/", b"1")
    client.request("GET", "/", head=client.head_with({"Accept": "text/y"}))
    first, second = (head.splitlines()[1:] for head in server.heads)
    assert sorted(first) == [
        "Content-Length: 1",
        "Content-Type: application/x",
        "HOST: there",
        "accept: text/x",
        "user-agent: me",
    ]
    assert sorted(second) == ["Accept: text/y", "Content-Type: application/x", "HOST: there", "user-agent: me"]


def test_nobody_listens(client_of: Callable[..., HttpClient]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    reply = client_of(f"http://127.0.0.1:{port}").request("GET", "/")
    assert (reply.code, reply.error, reply.bytes_down) == (None, "connect: connection refused", 0)


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".test", "\u2488com"])
def test_names_that_are_none(client_of: Callable[..., HttpClient], host: str) -> None:
    reply = client_of(f"http://{host}:1").request("GET", "/")
    assert (reply.code, reply.error) == (None, "host name does not resolve")


def test_names_that_nobody_has(client_of: Callable[..., HttpClient], monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: Any, **_how: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("gevent.socket.getaddrinfo", unknown)
    monkeypatch.setattr("gevent._socketcommon.getaddrinfo", unknown)
    reply = client_of("http://nowhere.invalid").request("GET", "/")
    assert (reply.code, reply.error) == (None, "host name does not resolve")


def test_a_target_on_ipv6(stack: contextlib.ExitStack, client_of: Callable[..., HttpClient]) -> None:
    server = stack.enter_context(contextlib.closing(ServerOnIPv6(answering(OK, OK))))
    client = client_of(f"{server.url}/base")
    assert [client.request("GET", "/x").code for _ in range(2)] == [200, 200]
    assert server.url.startswith("http://[::1]:")
    assert server.heads[0].startswith(f"GET /base/x HTTP/1.1\r\nHost: [::1]:{server.port}\r\n")
    assert server.connections == 1
