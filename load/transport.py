"""HTTP/1.1 on gevent sockets: a keep-alive pool that never queues, and every failure under a short fixed name.

A pool that makes requests wait for a free connection would book its own queue as the target's latency, so this
one opens a connection whenever none is idle. Error names carry no ids or addresses: they are counted by name.
"""

import errno
import time
from base64 import b64encode
from collections import deque
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import httptools
from gevent import socket, ssl

from report.rows import NO_DESCRIPTORS, NO_PORTS

from .streams import PlainStream, Stream, TlsStream, shake_hands, tls_context

KEPT_BODY = 1 << 20
EXHAUSTED = (NO_DESCRIPTORS, NO_PORTS)


class Reply(NamedTuple):
    """What came back. `sent` is on CLOCK_MONOTONIC; `seconds` ends at the last byte or the failure.

    `code` is None and `error` a short name where no whole reply came. `body` is cut at 1 MiB, `bytes_down` isn't.
    `header` is the value of the one header that the client was told to keep.
    """

    sent: float
    seconds: float
    code: int | None
    body: bytes
    header: str
    bytes_up: int
    bytes_down: int
    error: str


class TransportError(Exception):
    """A named failure of one request; `replied` tells whether a byte of the reply had come."""

    def __init__(self, name: str, replied: bool = False) -> None:
        super().__init__(name)
        self.name, self.replied = name, replied


class HttpClient:
    """Requests to one base URL. Safe for any number of greenlets; `timeout` bounds each request, in seconds."""

    def __init__(self, base_url: str, timeout: float, headers: Mapping[str, str], kept_header: str = "") -> None:
        parts = urlsplit(base_url)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._secure else 80)
        self._prefix = parts.path.rstrip("/")
        self._timeout = timeout
        self._kept_header = kept_header.lower().encode()
        self._idle: deque[_Connection] = deque()
        self._context = tls_context() if self._secure else None
        named = {"Host": parts.netloc.rpartition("@")[2], "User-Agent": "stepload", "Accept": "*/*"} | dict(headers)
        if "@" in parts.netloc and "authorization" not in map(str.lower, headers):
            named["Authorization"] = _basic(parts.username or "", parts.password or "")
        self._head = "".join(f"{name}: {value}\r\n" for name, value in named.items())

    def request(self, method: str, path: str, body: bytes = b"", content_type: str = "application/json") -> Reply:
        """Send one request and read the whole reply. Never raises for what the network or the target does."""
        typed = f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n" if body or method != "GET" else ""
        data = f"{method} {self._prefix}{path} HTTP/1.1\r\n{self._head}{typed}\r\n".encode() + body
        sent = time.monotonic()
        try:
            parsed = self._exchange(data, sent + self._timeout, retry=method == "GET")
        except TransportError as error:
            return Reply(sent, time.monotonic() - sent, None, b"", "", len(data), 0, error.name)
        return Reply(
            sent, time.monotonic() - sent, parsed.code, parsed.body, parsed.header, len(data), parsed.length, ""
        )

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _exchange(self, data: bytes, deadline: float, retry: bool) -> "_Parser":
        connection = self._take_idle()
        if connection is not None:
            try:
                return self._converse(connection, data, deadline)
            except TransportError as error:
                # The server may close an idle connection just as it is used. Only a request that is safe to
                # repeat, and of whose reply nothing came, is sent again.
                if not retry or error.replied or error.name == "timed out":
                    raise
        return self._converse(self._connect(deadline), data, deadline)

    def _converse(self, connection: "_Connection", data: bytes, deadline: float) -> "_Parser":
        try:
            parsed = connection.converse(data, deadline)
        except BaseException:
            connection.close()
            raise
        if parsed.keep_alive:
            self._idle.append(connection)
        else:
            connection.close()
        return parsed

    def _take_idle(self) -> "_Connection | None":
        while self._idle:
            connection = self._idle.pop()
            if connection.is_alive():
                return connection
            connection.close()
        return None

    def _connect(self, deadline: float) -> "_Connection":
        try:
            self._host.encode("idna")  # Where that fails, the resolver's thread would print it.
            raw = socket.create_connection((self._host, self._port), timeout=max(0.001, deadline - time.monotonic()))
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is not None:
                raw = self._context.wrap_socket(raw, server_hostname=self._host, do_handshake_on_connect=False)
                shake_hands(raw)
        except (socket.gaierror, UnicodeError):
            raise TransportError("host name does not resolve") from None
        except ssl.SSLError as error:
            raise TransportError(f"TLS: {error.reason or 'failed'}") from None
        except TimeoutError:
            raise TransportError("connect timed out") from None
        except OSError as error:
            name = _name_of(error)
            raise TransportError(name if name in EXHAUSTED else f"connect: {name}") from None
        return _Connection(PlainStream(raw) if self._context is None else TlsStream(raw), self._kept_header)


class _Connection:
    """A stream and the parser of its replies, one after another."""

    def __init__(self, stream: Stream, kept_header: bytes) -> None:
        self._stream = stream
        self._parser = _Parser(kept_header)
        self.is_alive, self.close = stream.is_alive, stream.close

    def converse(self, data: bytes, deadline: float) -> "_Parser":
        parser = self._parser
        parser.begin()
        try:
            self._stream.send(data, deadline)
            while not parser.complete:
                received = self._stream.receive(deadline)
                if received:
                    parser.feed(received)
                elif not parser.ends_with_connection():
                    when = "in a reply" if parser.length else "before a reply"
                    raise TransportError(f"connection closed {when}", bool(parser.length))
        except TimeoutError:
            raise TransportError("timed out", bool(parser.length)) from None
        except OSError as error:
            raise TransportError(_name_of(error), bool(parser.length)) from None
        except httptools.HttpParserError:
            raise TransportError("the reply is not HTTP", True) from None
        return parser


class _Parser:
    """The callbacks of httptools' response parser, and what they collect."""

    __slots__ = (
        "_bounded", "_headers_done", "_kept_header", "_parser", "body", "code", "complete", "header", "keep_alive", "length"
    )  # fmt: skip

    def __init__(self, kept_header: bytes) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._kept_header = kept_header

    def begin(self) -> None:
        """Forget the last reply."""
        self._bounded = self._headers_done = False
        self.body = b""
        self.code = 0
        self.length = 0
        self.header = ""
        self.complete = False
        self.keep_alive = False

    def feed(self, data: bytes) -> None:
        self.length += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            # Bytes beyond a whole reply don't belong to it; nobody knows what the next one would begin with.
            if not self.complete:
                raise
            self.keep_alive = False

    def ends_with_connection(self) -> bool:
        """Whether the connection's end is the reply's proper end (neither a length nor chunks announced)."""
        self.complete = self.complete or (self._headers_done and not self._bounded)
        return self.complete

    def on_message_begin(self) -> None:
        if self.complete:
            raise ValueError("a reply that nobody asked for")

    def on_header(self, name: bytes, value: bytes) -> None:
        lower = name.lower()
        if lower in (b"content-length", b"transfer-encoding"):
            self._bounded = True
        elif lower == self._kept_header:
            self.header = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._headers_done = True
        self.code = self._parser.get_status_code()

    def on_body(self, part: bytes) -> None:
        if len(self.body) < KEPT_BODY:
            self.body += part[: KEPT_BODY - len(self.body)]

    def on_message_complete(self) -> None:
        if self.code >= 200:
            self.complete = True
            self.keep_alive = self._parser.should_keep_alive()
        else:
            self._headers_done = self._bounded = False


def _basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()


def _name_of(error: OSError) -> str:
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return NO_DESCRIPTORS
    if error.errno == errno.EADDRNOTAVAIL:
        return NO_PORTS
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "connection reset"
    return (error.strerror or type(error).__name__).lower()
