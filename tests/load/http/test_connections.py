"""Connections: used again where that is safe, never waited for, and given up where it is not."""

import threading
from collections.abc import Callable

import gevent
import pytest

from load.http.transport import HttpClient, Reply
from tests.load.peers import OK, PATIENCE, SHORT, Peer, Server, answering


def test_connections_are_used_again(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> None:
    server = serve(answering(*[OK] * 5))
    client = client_of(server.url)
    assert [client.request(method, "/").code for method in ("GET", "POST", "GET", "POST", "GET")] == [200] * 5
    assert server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        OK + b"and more",
        OK + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale",
    ],
)
def test_a_connection_in_doubt_is_not_used_again(
    serve: Callable[..., Server], client_of: Callable[..., HttpClient], answer: bytes
) -> None:
    server = serve(answering(answer))
    client = client_of(server.url)
    assert [client.request("POST", "/").body for _ in range(3)] == [b"ok"] * 3
    assert server.connections == 3


def test_a_known_reply_with_more_behind_it_puts_its_connection_in_doubt(
    serve: Callable[..., Server], client_of: Callable[..., HttpClient]
) -> None:
    server = serve(answering(OK, OK, OK + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale"), answering(OK))
    client = client_of(server.url)
    assert [client.request("POST", "/").body for _ in range(4)] == [b"ok"] * 4
    assert server.connections == 2


def test_a_request_that_the_server_reads_slowly_arrives_whole(
    serve: Callable[..., Server], client_of: Callable[..., HttpClient]
) -> None:
    """Larger than the socket's buffers, and its reply begins before it ends."""

    def script(peer: Peer) -> None:
        peer.send(OK[:9])
        peer.request()
        peer.send(OK[9:])
        peer.request()

    body = bytes(range(256)) * 16384
    server = serve(script)
    client = client_of(server.url)
    assert client.request("POST", "/", body).code == 200
    assert server.bodies[0] == body


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("how", ["close", "reset", "speak"])
def test_an_idle_connection_that_the_server_closed_is_not_used(
    serve: Callable[..., Server], client_of: Callable[..., HttpClient], method: str, how: str
) -> None:
    gone = threading.Event()

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(OK)
        peer.send(b"HTTP/1.1 408 Request Timeout\r\n\r\n") if how == "speak" else getattr(peer, how)()
        gone.set()

    server = serve(script, answering(OK))
    client = client_of(server.url)
    assert client.request(method, "/1", b"1").code == 200
    assert gone.wait(PATIENCE)
    assert client.request(method, "/2", b"2").code == 200
    assert server.bodies == [b"1", b"2"], "neither lost nor doubled"


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_get_is_sent_again_where_the_server_closed_just_then(
    serve: Callable[..., Server], client_of: Callable[..., HttpClient], how: str
) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(OK)
        peer.request()
        getattr(peer, how)()

    server = serve(script, answering(OK))
    client = client_of(server.url)
    first, second = (client.request("GET", "/") for _ in range(2))
    assert (first.code, first.again, second.code) == (200, "", 200)
    assert second.again in ("sent again: connection closed before a reply", "sent again: connection reset")
    assert (server.connections, len(server.heads)) == (2, 3)


def test_a_post_is_never_sent_twice(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(OK)
        peer.request()

    server = serve(script, answering(OK))
    client = client_of(server.url)
    assert client.request("POST", "/", b"1").code == 200
    assert client.request("POST", "/", b"2").error == "connection closed before a reply"
    assert server.bodies == [b"1", b"2"]


def test_a_get_is_not_sent_again_once_its_reply_has_begun(
    serve: Callable[..., Server], client_of: Callable[..., HttpClient]
) -> None:
    server = serve(answering(OK, b"HTTP/1.1 2"), answering(OK))
    client = client_of(server.url, SHORT)
    assert client.request("GET", "/").code == 200
    assert client.request("GET", "/").error == "timed out"
    assert server.connections == 1


def test_a_new_connection_that_fails_is_not_tried_again(
    serve: Callable[..., Server], client_of: Callable[..., HttpClient]
) -> None:
    server = serve(lambda peer: peer.request())
    assert client_of(server.url).request("GET", "/").error == "connection closed before a reply"
    assert server.connections == 1


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", b"HTTP/1.1 200 OK\r\n\r\nuntil"])
def test_a_reset_is_a_failure_wherever_it_comes(ask: Callable[..., Reply], begun: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(begun)
        peer.reset()

    reply = ask(script)
    assert (reply.code, reply.error) == (None, "connection reset")


def test_requests_never_wait_for_one_another(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> None:
    many = 60
    all_there = threading.Barrier(many)

    def script(peer: Peer) -> None:
        while peer.request():
            all_there.wait(PATIENCE)
            peer.send(OK)

    server = serve(script)
    client = client_of(server.url)
    for _ in range(2):
        asking = [gevent.spawn(client.request, "GET", "/") for _ in range(many)]
        gevent.joinall(asking, timeout=PATIENCE)
        assert [greenlet.value.code for greenlet in asking] == [200] * many
    assert server.connections == many, "the second round uses the first one's connections"


def test_a_request_that_is_killed_leaves_no_connection_behind(
    serve: Callable[..., Server], client_of: Callable[..., HttpClient]
) -> None:
    asked, hung_up = threading.Event(), threading.Event()

    def script(peer: Peer) -> None:
        peer.request()
        asked.set()
        if not peer.request():
            hung_up.set()

    client = client_of(serve(script, answering(OK)).url)
    asking = gevent.spawn(client.request, "POST", "/", b"1")
    while not asked.is_set():
        gevent.sleep(0.001)
    asking.kill()
    assert hung_up.wait(PATIENCE)
    assert client.request("GET", "/").code == 200
