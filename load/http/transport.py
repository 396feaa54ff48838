"""HTTP/1.1 on gevent sockets: a keep-alive pool that never queues, and every failure under a short fixed name.

A pool that makes requests wait for a free connection would book its own queue as the target's latency, so this
one opens a connection whenever none is idle. Error names carry no ids or addresses: they are counted by name.
"""

import errno
import re
from base64 import b64encode
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from time import monotonic
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

import gevent
from gevent import socket, ssl

from report.recording.rows import NO_DESCRIPTORS, NO_PORTS

from .deadlines import OutOfTime, TimeLimit
from .departures import Departures
from .replies import BrokenReply, Head, ReplyReader
from .sockets import PlainStream, Stream, TlsStream, tls_context

EXHAUSTED = (NO_DESCRIPTORS, NO_PORTS)
_new = tuple.__new__
"""Makes a Reply in a third of the time that its own constructor takes."""
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")


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


class Limits(NamedTuple):
    """How long things may take, in seconds: a request as a whole; to connect (name and TLS included); from the end of
    the request to the first byte of its reply. None: only the whole is limited."""

    whole: float
    connect: float | None = None
    first_byte: float | None = None


class Route(NamedTuple):
    """A request without a body, ready to be sent but for the id, which goes between its parts."""

    parts: tuple[bytes, ...]
    repeatable: bool


class TransportError(Exception):
    """A named failure of one request; `final` tells that nobody knows whether it would be safe to repeat."""

    def __init__(self, name: str, final: bool) -> None:
        super().__init__(name)
        self.name, self.final = name, final


class HttpClient:
    """Requests to one base URL. Safe for any number of greenlets. They leave with others that share its `departures`."""

    def __init__(
        self,
        base_url: str,
        limits: Limits,
        headers: Mapping[str, str],
        kept_header: str = "",
        departures: Departures | None = None,
    ) -> None:
        parts = urlsplit(base_url)
        self._host = parts.hostname or ""
        self._context = tls_context() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._context else 80)
        self._prefix = parts.path.rstrip("/")
        self._connect_within = limits.connect
        self._whole = TimeLimit(limits.whole, "timed out")
        self._first_byte = TimeLimit(limits.first_byte, "first byte timed out") if limits.first_byte else None
        self._reader = ReplyReader(kept_header)
        self._idle: deque[Stream] = deque()
        self._departures = departures or Departures()
        named = {"Host": parts.netloc.rpartition("@")[2], "User-Agent": "stepload", "Accept": "*/*"} | dict(headers)
        if "@" in parts.netloc and "authorization" not in map(str.lower, headers):
            named["Authorization"] = _basic(parts.username or "", parts.password or "")
        self._head = "".join(f"{name}: {value}\r\n" for name, value in named.items())

    def request(self, method: str, path: str, body: bytes = b"", content_type: str = "application/json") -> Reply:
        """Send one request and read the whole reply. Never raises for what the network or the target does."""
        head = f"{method} {self._prefix}{path}{self._after_path(method, len(body), content_type)}"
        return self._exchange(head.encode() + body, method == "GET")

    def upload(self, method: str, path: str, content_type: str, size: int, pieces: Iterable[bytes]) -> Reply:
        """As `request`, with a body of `size` bytes that comes in pieces, each taken when the last one is on its way.
        Where it fails, `bytes_up` tells how far it came. `pieces` may raise TransportError."""
        head = f"{method} {self._prefix}{path}{self._after_path(method, size, content_type)}".encode()
        up = len(head)

        def counted() -> Iterator[bytes]:
            nonlocal up
            for piece in pieces:
                yield piece
                up += len(piece)

        reply = self._exchange(head, False, counted())
        return reply._replace(bytes_up=up)

    def route(self, method: str, path: str) -> Route:
        """A request without a body that is sent often; `{id}` in its path is filled in each time."""
        before = f"{method} {self._prefix}{path}".split("{id}")
        before[-1] += self._after_path(method, 0, "application/json")
        return Route(tuple(part.encode() for part in before), method == "GET")

    def ask(self, route: Route, job_id: str) -> Reply:
        """Send the request of a route, as `request` does; the id is quoted."""
        quoted = job_id if _UNRESERVED.fullmatch(job_id) else quote(job_id, safe="")
        return self._exchange(quoted.encode().join(route.parts), route.repeatable)

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _after_path(self, method: str, length: int, content_type: str) -> str:
        typed = f"Content-Type: {content_type}\r\nContent-Length: {length}\r\n" if length or method != "GET" else ""
        return f" HTTP/1.1\r\n{self._head}{typed}\r\n"

    def _exchange(self, data: bytes, repeatable: bool, rest: Iterable[bytes] = ()) -> Reply:
        self._departures.wait()
        sent = monotonic()
        self._whole.begin(sent)
        try:
            (code, header, _), body, length = self._try(data, repeatable, rest)
        except TransportError as error:
            return Reply(sent, monotonic() - sent, None, b"", "", len(data), 0, error.name)
        finally:
            self._whole.end()
        return _new(Reply, (sent, monotonic() - sent, code, body, header, len(data), length, ""))

    def _try(self, data: bytes, repeatable: bool, rest: Iterable[bytes]) -> tuple[Head, bytes, int]:
        stream = self._take_idle()
        if stream is not None:
            try:
                return self._converse(stream, data, rest)
            except TransportError as error:
                # The server may close an idle connection just as it is used. Only a request that is safe to
                # repeat, and of whose reply nothing came, is sent again.
                if not repeatable or error.final:
                    raise
        return self._converse(self._connect(), data, rest)

    def _converse(self, stream: Stream, data: bytes, rest: Iterable[bytes]) -> tuple[Head, bytes, int]:
        received = b""
        try:
            stream.send(data)
            whole = _sends(stream, rest) if rest else True
            received = stream.receive() if self._first_byte is None else self._receive_within(self._first_byte, stream)
            head, body, length = self._reader.read(stream, received)
        except BaseException as error:
            stream.close()
            raise _named(error, bool(received)) from None
        if head.keep_alive and whole:
            self._idle.append(stream)
        else:
            stream.close()
        return head, body, length

    def _receive_within(self, limit: TimeLimit, stream: Stream) -> bytes:
        limit.begin(monotonic())
        try:
            return stream.receive()
        finally:
            limit.end()

    def _take_idle(self) -> Stream | None:
        while self._idle:
            stream = self._idle.pop()
            if stream.is_alive():
                return stream
            stream.close()
        return None

    def _connect(self) -> Stream:
        within = self._connect_within
        try:
            with gevent.Timeout(within, OutOfTime) if within else nullcontext():
                return self._open()
        except (OutOfTime, TimeoutError):
            raise TransportError("connect timed out", True) from None
        except (socket.gaierror, UnicodeError):
            raise TransportError("host name does not resolve", True) from None
        except ssl.SSLError as error:
            raise TransportError(f"TLS: {error.reason or 'failed'}", True) from None
        except OSError as error:
            name = _name_of(error)
            raise TransportError(name if name in EXHAUSTED else f"connect: {name}", True) from None

    def _open(self) -> Stream:
        self._host.encode("idna")  # Where that fails, the resolver's thread would print it.
        raw = socket.create_connection((self._host, self._port))
        try:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is None:
                return PlainStream(raw)
            raw = self._context.wrap_socket(raw, server_hostname=self._host, do_handshake_on_connect=False)
            raw.do_handshake()
            return TlsStream(raw)
        except BaseException:
            raw.close()
            raise


def _sends(stream: Stream, pieces: Iterable[bytes]) -> bool:
    """Send the pieces; False where the target hung up before the last: it may have said why."""
    try:
        for piece in pieces:
            stream.send(piece)
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


def _named(error: BaseException, begun: bool) -> BaseException:
    """The failure of a request as a TransportError; what isn't one (the greenlet was killed) as it is."""
    match error:
        case OutOfTime():
            return TransportError(str(error), True)
        case BrokenReply():
            return TransportError(error.name, error.begun)
        case OSError():
            return TransportError(_name_of(error), begun)
        case _:
            return error


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
