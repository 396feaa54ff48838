"""HTTP/1.1 on gevent sockets: a keep-alive pool that never queues, and every failure under a short fixed name.

A pool that makes requests wait for a free connection would book its own queue as the target's latency, so this
one opens a connection whenever none is idle. No proxy is used, whatever the environment says of one.
"""

import re
from base64 import b64encode
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from time import monotonic
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from .connections import Connector
from .deadlines import TimeLimit
from .departures import Departures
from .failures import TransportError, named
from .replies import KEPT_BODY, Head, ReplyReader
from .sockets import Stream
from .targets import quoted_in_path, with_query
from .trust import Trust, tls_context

_new = tuple.__new__
"""Makes a Reply in a third of the time that its own constructor takes."""
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")
JSON = "application/json"


class Reply(NamedTuple):
    """What came back. `sent` is on CLOCK_MONOTONIC; `seconds` ends at the last byte or the failure.

    `code` is None and `error` a short name where no whole reply came. `body` is cut at as much as is kept (then `cut`),
    `bytes_down` isn't. `headers` are those that the client was told to keep, by their names in small letters. `again`
    tells why the request was sent a second time; "" where it wasn't.
    """

    sent: float
    seconds: float
    code: int | None
    body: bytes
    headers: Mapping[str, str]
    bytes_up: int
    bytes_down: int
    error: str
    again: str = ""
    cut: bool = False


class Limits(NamedTuple):
    """How long things may take, in seconds: a request as a whole; to connect (name and TLS included); from the end of
    the request to the first byte of its reply. None: only the whole is limited."""

    whole: float
    connect: float | None = None
    first_byte: float | None = None


class Route(NamedTuple):
    """A request without a body, ready to be sent but for the id, which goes between its parts; `raw`: as it is."""

    parts: tuple[bytes, ...]
    repeatable: bool
    raw: bool = False


class HttpClient:
    """Requests to one base URL. Safe for any number of greenlets. They leave with others that share its `departures`.
    `query` is added to each path; of a reply's headers those `kept` are, and so many bytes of its body. Raises OSError where
    a file of `trust` is none."""

    def __init__(
        self,
        base_url: str,
        limits: Limits,
        headers: Mapping[str, str],
        kept: Iterable[str] = (),
        departures: Departures | None = None,
        *,
        trust: Trust = Trust(),  # noqa: B008  # immutable
        keep: int = KEPT_BODY,
        query: str = "",
    ) -> None:
        parts = urlsplit(base_url)
        context = tls_context(trust) if parts.scheme == "https" else None
        port = parts.port or (443 if context else 80)
        self._connector = Connector(parts.hostname or "", port, context, limits.connect)
        self._prefix, self._query = parts.path.rstrip("/"), query
        self._whole = TimeLimit(limits.whole, "timed out")
        self._first_byte = TimeLimit(limits.first_byte, "first byte timed out") if limits.first_byte else None
        self._reader = ReplyReader(kept, keep)
        self._idle: deque[Stream] = deque()
        self._departures = departures or Departures()
        self._ours = {"Host": parts.netloc.rpartition("@")[2], "User-Agent": "stepload", "Accept": "*/*"}
        if "@" in parts.netloc:
            self._ours["Authorization"] = _basic(parts.username or "", parts.password or "")
        self.generation = 0
        """How often the headers of each request have changed."""
        self.use(headers)

    def use(self, headers: Mapping[str, str]) -> None:
        """Send these headers with each request from now on."""
        self._theirs = dict(headers)
        self.generation += 1
        self._head, self._type = self.head_with({})

    def head_with(self, headers: Mapping[str, str]) -> tuple[str, str]:
        """The lines of a request's head with these headers too, and the Content-Type that they ask for ("": none): one that
        is said replaces ours, whatever its case."""
        said: dict[str, tuple[str, str]] = {}
        for given in (self._ours, self._theirs, headers):
            said |= {name.lower(): (name, value) for name, value in given.items()}
        typed = said.pop("content-type", ("", ""))[1]
        return "".join(f"{name}: {value}\r\n" for name, value in said.values()), typed

    def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        content_type: str = JSON,
        head: tuple[str, str] | None = None,
        whole: TimeLimit | None = None,
        prefix: bool = True,
    ) -> Reply:
        """Send one request and read the whole reply. Never raises for what the network or the target does. `head`: of
        `head_with`; `whole`: a limit of its own; without `prefix` the path is the host's, not below the base URL's."""
        target = self._target(path) if prefix else with_query(path, self._query)
        lines = f"{method} {target}{self._after_path(method, len(body), content_type, head)}"
        return self._exchange(lines.encode() + body, method == "GET", (), whole)

    def upload(
        self, method: str, path: str, content_type: str, size: int, pieces: Iterable[bytes], head: tuple[str, str] | None = None
    ) -> Reply:
        """As `request`, with a body of `size` bytes that comes in pieces, each taken when the last one is on its way.
        Where it fails, `bytes_up` tells how far it came. `pieces` may raise TransportError."""
        lines = self._after_path(method, size, content_type, ((head or (self._head, ""))[0], ""))
        start = f"{method} {self._target(path)}{lines}".encode()
        up = len(start)

        def counted() -> Iterator[bytes]:
            nonlocal up
            for piece in pieces:
                yield piece
                up += len(piece)

        reply = self._exchange(start, False, counted())
        return reply._replace(bytes_up=up)

    def route(self, method: str, path: str) -> Route:
        """A request without a body that is sent often; `{id}` in its path is filled in each time, `{+id}` with its slashes."""
        before = f"{method} {self._target(path)}".replace("{+id}", "{id}").split("{id}")
        before[-1] += self._after_path(method, 0, JSON, None)
        return Route(tuple(part.encode() for part in before), method == "GET", "{+id}" in path)

    def ask(self, route: Route, job_id: str) -> Reply:
        """Send the request of a route, as `request` does; the id is quoted."""
        quoted = job_id if _UNRESERVED.fullmatch(job_id) else quoted_in_path(job_id, route.raw)
        return self._exchange(quoted.encode().join(route.parts), route.repeatable)

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _target(self, path: str) -> str:
        return with_query(self._prefix + path, self._query)

    def _after_path(self, method: str, length: int, content_type: str, head: tuple[str, str] | None) -> str:
        lines, typed = head or (self._head, self._type)
        if length or method != "GET":
            lines += f"Content-Type: {typed or content_type}\r\nContent-Length: {length}\r\n"
        elif typed:
            lines += f"Content-Type: {typed}\r\n"
        return f" HTTP/1.1\r\n{lines}\r\n"

    def _exchange(self, data: bytes, repeatable: bool, rest: Iterable[bytes] = (), whole: TimeLimit | None = None) -> Reply:
        self._departures.wait()
        sent = monotonic()
        limit = whole or self._whole
        limit.begin(sent)
        try:
            (code, headers, _, cut), body, length, again = self._try(data, repeatable, rest)
        except TransportError as error:
            return Reply(sent, monotonic() - sent, None, b"", {}, len(data), 0, error.name)
        finally:
            limit.end()
        return _new(Reply, (sent, monotonic() - sent, code, body, headers, len(data), length, "", again, cut))

    def _try(self, data: bytes, repeatable: bool, rest: Iterable[bytes]) -> tuple[Head, bytes, int, str]:
        stream, again = self._take_idle(), ""
        if stream is not None:
            try:
                return self._converse(stream, data, rest, "")
            except TransportError as error:
                # The server may close an idle connection just as it is used. Only a request that is safe to
                # repeat, and of whose reply nothing came, is sent again.
                if not repeatable or error.final:
                    raise
                again = f"sent again: {error.name}"
        return self._converse(self._connector.connect(), data, rest, again)

    def _converse(self, stream: Stream, data: bytes, rest: Iterable[bytes], again: str) -> tuple[Head, bytes, int, str]:
        received = b""
        try:
            stream.send(data)
            whole = _sends(stream, rest) if rest else True
            received = stream.receive() if self._first_byte is None else self._receive_within(self._first_byte, stream)
            head, body, length = self._reader.read(stream, received)
        except BaseException as error:
            stream.close()
            raise named(error, bool(received)) from None
        if head.keep_alive and whole:
            self._idle.append(stream)
        else:
            stream.close()
        return head, body, length, again

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


def _sends(stream: Stream, pieces: Iterable[bytes]) -> bool:
    """Send the pieces; False where the target hung up before the last: it may have said why."""
    try:
        for piece in pieces:
            stream.send(piece)
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


def _basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()
