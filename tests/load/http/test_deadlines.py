"""Nothing lasts longer than it may, and the name of the failure says what did."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable

import gevent
import pytest

from load.http.deadlines import OutOfTime, TimeLimit
from load.http.transport import HttpClient, Limits, Reply
from load.jobs.api import HttpJobApi
from profiles import Profile
from tests.load.peers import OK, PATIENCE, SHORT, Peer, Server, answering


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"])
def test_silence_times_out(ask: Callable[..., Reply], begun: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(begun)
        peer.request()

    reply = ask(script, SHORT)
    assert (reply.code, reply.error) == (None, "timed out")
    assert SHORT <= reply.seconds < PATIENCE / 2


def test_a_body_that_drips_times_out_as_a_whole(ask: Callable[..., Reply]) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        pause = threading.Event()
        for _ in range(1000):
            peer.send(b"x")
            pause.wait(0.02)

    reply = ask(script, SHORT)
    assert (reply.code, reply.error) == (None, "timed out")
    assert SHORT <= reply.seconds < PATIENCE / 2


def test_tls_with_a_server_that_says_nothing(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> None:
    server = serve(lambda peer: (peer._raw.recv(65536), peer._raw.recv(65536)))
    reply = client_of(server.url.replace("http", "https"), SHORT).request("GET", "/")
    assert (reply.code, reply.error) == (None, "connect timed out")


def test_a_server_that_accepts_nobody(client_of: Callable[..., HttpClient]) -> None:
    """Its backlog is full: the kernel drops what knocks, and the client would knock for minutes."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as knocking:
        for _ in range(3):
            raw = knocking.enter_context(socket.socket())
            raw.setblocking(False)
            raw.connect_ex(listener.getsockname())
        client = client_of(f"http://127.0.0.1:{listener.getsockname()[1]}", limits=Limits(PATIENCE, connect=SHORT))
        reply = client.request("GET", "/")
    assert (reply.code, reply.error) == (None, "connect timed out")
    assert SHORT <= reply.seconds < PATIENCE / 2


def test_a_tls_handshake_that_hangs_is_part_of_connecting(
    serve: Callable[..., Server], client_of: Callable[..., HttpClient]
) -> None:
    server = serve(lambda peer: (peer._raw.recv(65536), peer._raw.recv(65536)))
    reply = client_of(server.url.replace("http", "https"), limits=Limits(PATIENCE, connect=SHORT)).request("GET", "/")
    assert (reply.code, reply.error) == (None, "connect timed out")


def test_a_first_byte_that_doesnt_come(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> None:
    server = serve(answering(b""), answering(OK))
    client = client_of(server.url, limits=Limits(PATIENCE, first_byte=SHORT))
    reply = client.request("GET", "/")
    assert (reply.code, reply.error) == (None, "first byte timed out")
    assert SHORT <= reply.seconds < PATIENCE / 2
    assert client.request("GET", "/").code == 200, "the next one has time of its own"


def test_a_reply_that_has_begun_may_take_longer(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(OK[:-1])
        threading.Event().wait(2 * SHORT)
        peer.send(OK[-1:])

    reply = client_of(serve(script).url, limits=Limits(PATIENCE, first_byte=SHORT)).request("GET", "/")
    assert (reply.code, reply.error) == (200, "")
    assert reply.seconds > SHORT


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_ran_out_of_time_is_not_sent_again(
    serve: Callable[..., Server], client_of: Callable[..., HttpClient], method: str
) -> None:
    server = serve(answering(OK, b""))
    client = client_of(server.url, limits=Limits(PATIENCE, first_byte=SHORT))
    assert [client.request(method, "/").error for _ in range(2)] == ["", "first byte timed out"]
    assert len(server.heads) == 2


def test_each_has_its_own_time() -> None:
    limit, ran_out = TimeLimit(SHORT, "too long"), []

    def work(begins: float, takes: float) -> None:
        gevent.sleep(begins)
        began = time.monotonic()
        limit.begin(time.monotonic())
        try:
            gevent.sleep(takes)
        except OutOfTime as out:
            ran_out.append((str(out), begins, time.monotonic() - began))
        finally:
            limit.end()

    plan = [(begins / 100, takes) for begins in range(10) for takes in (0.0, SHORT / 4, PATIENCE)]
    gevent.joinall([gevent.spawn(work, *each) for each in plan], timeout=PATIENCE, raise_error=True)
    assert [begins for _, begins, _ in ran_out] == [begins for begins, takes in plan if takes == PATIENCE]
    assert all(what == "too long" and SHORT <= took < PATIENCE / 2 for what, _, took in ran_out)
    gevent.sleep(SHORT)  # nothing of it comes later


def test_a_profile_sets_all_three(profile_with: Callable[..., Profile]) -> None:
    """The port accepts connections and answers none: each limit in turn is the one that runs out."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for key, error in [("timeout", "timed out"), ("first_byte_timeout", "first byte timed out")]:
            api = HttpJobApi(profile_with(api={"connect_timeout": "20s", key: "50ms"}), host)
            answer = api.status("1")
            api.close()
            assert (answer.ok, answer.error) == (False, error)
        api = HttpJobApi(profile_with(api={"connect_timeout": "50ms"}), host.replace("http", "https"))
        assert api.status("1").error == "connect timed out"
