"""How replies are read: whole, broken, in pieces, again and again."""

import socket
import threading
from collections.abc import Callable

import pytest

from load.http.replies import KEPT_BODY, KNOWN_HEADS
from load.http.transport import HttpClient, Reply
from tests.load.peers import OK, PATIENCE, Peer, Server, answering


def chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))


REPLIES = [
    pytest.param(OK, 200, b"ok", id="content length"),
    pytest.param(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404, b"", id="empty body"),
    pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"ab", b"c" * 20), 200, b"ab" + b"c" * 20, id="chunked"),
    pytest.param(b"HTTP/1.1 200 OK\r\n\r\nuntil the end", 200, b"until the end", id="ended by the connection"),
    pytest.param(b"HTTP/1.0 200 OK\r\n\r\nold", 200, b"old", id="HTTP/1.0"),
    pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", id="204"),
    pytest.param(b"HTTP/1.1 304 Not Modified\r\n\r\n", 304, b"", id="304"),
    pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"ok", id="100 first"),
    pytest.param(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 2 + OK, 200, b"ok", id="two hints first"),
    pytest.param(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nrest", 200, b"rest", id="100, then ended by the connection"),
    pytest.param(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", id="no reason"),
    pytest.param(OK + b"}", 200, b"ok", id="more bytes than announced"),
    pytest.param(OK + b"HTTP/1.1 500 No\r\nContent-Length: 3\r\n\r\nbad", 200, b"ok", id="two replies at once"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "code", "body"), REPLIES)
def test_whole_replies(ask: Callable[..., Reply], answer: bytes, code: int, body: bytes) -> None:
    reply = ask(answer)
    assert (reply.code, reply.body, reply.error) == (code, body, "")
    assert reply.bytes_down == len(answer)
    assert reply.bytes_up > 0 and 0 < reply.seconds < PATIENCE


@pytest.mark.parametrize(("answer", "code", "body"), REPLIES)
def test_whole_replies_that_come_byte_by_byte(ask: Callable[..., Reply], answer: bytes, code: int, body: bytes) -> None:
    def drip(peer: Peer) -> None:
        peer._raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.request()
        for byte in answer:
            peer.send(bytes([byte]))

    reply = ask(drip)
    assert (reply.code, reply.body, reply.error) == (code, body, "")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", "connection closed before a reply"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "connection closed in a reply"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "connection closed in a reply"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "connection closed in a reply"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "connection closed in a reply"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "the reply is not HTTP"),
        (b"\x16\x03\x01\x02\x00", "the reply is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "the reply is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "the reply is not HTTP"),
    ],
)
def test_broken_replies(ask: Callable[..., Reply], answer: bytes, error: str) -> None:
    reply = ask(answer)
    assert (reply.code, reply.error, reply.body, reply.bytes_down) == (None, error, b"", 0)


def test_a_huge_body_is_counted_and_not_kept(ask: Callable[..., Reply]) -> None:
    head, size = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", 5 * KEPT_BODY + 7

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(head % size)
        peer.send(b"ab" * (size // 2) + b"c")

    reply = ask(script)
    assert (reply.code, reply.bytes_down) == (200, len(head % size) + size)
    assert (reply.body, reply.cut) == (b"ab" * (KEPT_BODY // 2), True)


@pytest.mark.parametrize("endless", ["header", "headers", "trailer", "hints"])
def test_a_head_without_an_end_is_given_up(ask: Callable[..., Reply], endless: str) -> None:
    begin, more = {
        "header": (b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536),
        "headers": (b"HTTP/1.1 200 OK\r\n", b"X: yyyyyyyy\r\n" * 5000),
        "trailer": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: ", b"x" * 65536),
        "hints": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2000),
    }[endless]

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(begin)
        for _ in range(200):
            peer.send(more)

    reply = ask(script)
    assert (reply.code, reply.error) == (None, "the reply's head is longer than 256 KiB")


def test_where_a_reply_says_to_look_is_kept(ask: Callable[..., Reply]) -> None:
    assert ask(b"HTTP/1.1 202 Accepted\r\nlocation: /jobs/7\r\nContent-Length: 0\r\n\r\n").headers == {"location": "/jobs/7"}


AGAIN = [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", 200, b"no"),
    (b"HTTP/1.1 404 OK\r\nContent-Length: 2\r\n\r\nok", 404, b"ok"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes", 200, b"yes"),
    (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"ab"), 200, b"ab"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"abc"), 200, b"abc"),
    (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"ok"),
    (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"ok"),
    (OK, 200, b"ok"),
]


def test_replies_that_begin_alike_are_told_apart(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> None:
    server = serve(answering(OK, OK, *[answer for answer, _, _ in AGAIN]))
    client = client_of(server.url)
    replies = [client.request("GET", "/") for _ in range(2 + len(AGAIN))][2:]
    assert [(reply.code, reply.body, reply.bytes_down) for reply in replies] == [
        (code, body, len(sent)) for sent, code, body in AGAIN
    ]
    assert server.connections == 1


def test_a_known_head_whose_body_comes_in_pieces(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> None:
    def script(peer: Peer) -> None:
        for pieces in [(OK,), (OK[:-2], b"o", b"k"), (OK[:-1], b"!")]:
            peer.request()
            for piece in pieces:
                peer.send(piece)
                threading.Event().wait(0.02)
        peer.request()

    client = client_of(serve(script).url)
    assert [client.request("GET", "/").body for _ in range(3)] == [b"ok", b"ok", b"o!"]


def test_a_known_head_whose_body_is_cut_short(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(OK)
        peer.request()
        peer.send(OK[:-1])

    client = client_of(serve(script).url)
    assert [client.request("GET", "/").error for _ in range(2)] == ["", "connection closed in a reply"]


def test_what_is_kept_of_a_head_comes_again_with_it(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> None:
    first, other = (b"HTTP/1.1 202 A\r\nLocation: /jobs/%d\r\nContent-Length: 0\r\n\r\n" % number for number in (1, 2))
    client = client_of(serve(answering(first, other, first)).url)
    assert [client.request("POST", "/").headers["location"] for _ in range(3)] == ["/jobs/1", "/jobs/2", "/jobs/1"]


def test_not_every_head_is_remembered(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> None:
    many = 3 * KNOWN_HEADS
    answers = [b"HTTP/1.1 200 OK\r\nX-Request-Id: %d\r\nContent-Length: 2\r\n\r\nok" % number for number in range(many)]
    client = client_of(serve(answering(*answers)).url)
    assert [client.request("GET", "/").body for _ in range(many)] == [b"ok"] * many
    assert len(client._reader._known) <= KNOWN_HEADS
