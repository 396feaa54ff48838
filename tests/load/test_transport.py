"""The transport against a server that behaves as badly as servers do."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
import trustme

from load.transport import KEPT_BODY, HttpClient, Reply

PATIENCE = 20.0
"""Seconds that no test comes near unless something hangs."""
SHORT = 0.2
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Peer:
    """The server's end of one connection."""

    def __init__(self, raw: socket.socket, server: "Server") -> None:
        self._raw, self._server, self._data = raw, server, b""
        raw.settimeout(PATIENCE)

    def request(self) -> bytes:
        """Read one whole request; b"" where the client has hung up."""
        while b"\r\n\r\n" not in self._data:
            if not (received := self._raw.recv(65536)):
                return b""
            self._data += received
        head, _, rest = self._data.partition(b"\r\n\r\n")
        named = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(named.get(b"content-length", 0))
        while len(rest) < length:
            rest += self._raw.recv(65536)
        self._data = rest[length:]
        self._server.heads.append(head.decode())
        self._server.bodies.append(rest[:length])
        return head

    def send(self, data: bytes) -> None:
        self._raw.sendall(data)

    def reset(self) -> None:
        """Hang up as a process that was killed does: the client gets an RST."""
        self._raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        self._raw.close()


Script = Callable[[Peer], Any]


class Server:
    """Plays the n-th script on the n-th connection, the last one on all that follow."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = scripts
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            script = self._scripts[min(self.connections, len(self._scripts) - 1)]
            self.connections += 1
            self._threads.append(threading.Thread(target=self._play, args=(script, Peer(raw, self))))
            self._threads[-1].start()

    def _play(self, script: Script, peer: Peer) -> None:
        with contextlib.closing(peer), contextlib.suppress(OSError):
            script(peer)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()


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

    def client(url: str, timeout: float = PATIENCE, **headers: str) -> HttpClient:
        return stack.enter_context(contextlib.closing(HttpClient(url, timeout, headers, "Location")))

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


def answering(*answers: bytes) -> Script:
    """Answer one request after another on the same connection, then wait until the client hangs up."""

    def script(peer: Peer) -> None:
        for answer in answers:
            if not peer.request():
                return
            peer.send(answer)
        peer.request()

    return script


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


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", b"HTTP/1.1 200 OK\r\n\r\nuntil"])
def test_a_reset_is_a_failure_wherever_it_comes(ask: Callable[..., Reply], begun: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(begun)
        peer.reset()

    reply = ask(script)
    assert (reply.code, reply.error) == (None, "connection reset")


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


def test_a_huge_body_is_counted_and_not_kept(ask: Callable[..., Reply]) -> None:
    head, size = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", 5 * KEPT_BODY + 7

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(head % size)
        peer.send(b"ab" * (size // 2) + b"c")

    reply = ask(script)
    assert (reply.code, reply.bytes_down) == (200, len(head % size) + size)
    assert reply.body == b"ab" * (KEPT_BODY // 2)


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


def test_where_a_reply_says_to_look_is_kept(ask: Callable[..., Reply]) -> None:
    assert ask(b"HTTP/1.1 202 Accepted\r\nlocation: /jobs/7\r\nContent-Length: 0\r\n\r\n").header == "/jobs/7"


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
    assert [client.request("GET", "/").code for _ in range(2)] == [200, 200]
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


def test_tls_with_a_server_that_speaks_none(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> None:
    def script(peer: Peer) -> None:
        peer.send(b"220 ready when you are\r\n")
        peer._raw.recv(65536)

    reply = client_of(serve(script).url.replace("http", "https")).request("GET", "/")
    assert reply.code is None
    assert reply.error.startswith("TLS: ")


def test_tls_with_a_server_that_says_nothing(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> None:
    server = serve(lambda peer: (peer._raw.recv(65536), peer._raw.recv(65536)))
    reply = client_of(server.url.replace("http", "https"), SHORT).request("GET", "/")
    assert (reply.code, reply.error) == (None, "connect timed out")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of our own for 127.0.0.1, and the authority's, in one file."""
    file = tmp_path_factory.mktemp("tls") / "all.pem"
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(file))
    authority.cert_pem.write_to_path(str(file), append=True)
    return file


def over_tls(certificate: Path, script: Script) -> Script:
    """The same script behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def wrapped(peer: Peer) -> None:
        peer._raw = context.wrap_socket(peer._raw, server_side=True)
        script(peer)

    return wrapped


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
    assert (reply.code, reply.error) == (None, "TLS: CERTIFICATE_VERIFY_FAILED")


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
