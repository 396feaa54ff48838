"""How a reply is read: HTTP/1.1 by httptools, and heads that come again not twice."""

from typing import NamedTuple

import httptools

from .sockets import Stream

KEPT_BODY = 1 << 20
KNOWN_HEADS = 256


class BrokenReply(Exception):
    """Why no whole reply came, in few words; `begun` tells whether a byte of it had."""

    def __init__(self, name: str, begun: bool) -> None:
        super().__init__(name)
        self.name, self.begun = name, begun


class Head(NamedTuple):
    """What the head of a reply says. `header` is the value of the one header that is kept."""

    code: int
    header: str
    keep_alive: bool


class ReplyReader:
    """Reads the replies of one target, whatever connection they come on.

    All that a head says is a matter of its bytes, and a target's heads differ little: mostly by the date, once a second.
    So what the parser found in one, with a body of announced length behind it, is known when the same bytes come again.
    """

    def __init__(self, kept_header: str) -> None:
        self._kept_header = kept_header.lower().encode()
        self._known: dict[bytes, tuple[Head, int]] = {}
        self._parsers: list[_Parser] = []

    def read(self, stream: Stream, received: bytes) -> tuple[Head, bytes, int]:
        """The rest of a reply of which this much was received: its head, its body (cut at 1 MiB) and its length.

        Raises BrokenReply, OSError.
        """
        end = received.find(b"\r\n\r\n") + 4
        known = self._known.get(received[:end])
        if known is not None and len(received) - end == known[1]:
            return known[0], received[end:], len(received)
        parser = self._parsers.pop() if self._parsers else _Parser(self._kept_header)
        self._parse(parser, stream, received)
        head, body, length = Head(parser.code, parser.header, parser.keep_alive), parser.body, parser.length
        if head.keep_alive:
            if length == len(received) and len(body) == len(received) - end:
                self._learn(received[:end], head, len(body))
            parser.begin()
            self._parsers.append(parser)
        return head, body, length

    def _learn(self, head: bytes, said: Head, length: int) -> None:
        if len(self._known) >= KNOWN_HEADS:
            self._known.clear()
        self._known[head] = said, length

    def _parse(self, parser: "_Parser", stream: Stream, received: bytes) -> None:
        try:
            while True:
                if received:
                    parser.feed(received)
                elif not parser.ends_with_connection():
                    when = "in a reply" if parser.length else "before a reply"
                    raise BrokenReply(f"connection closed {when}", bool(parser.length))
                if parser.complete:
                    return
                received = stream.receive()
        except httptools.HttpParserError:
            raise BrokenReply("the reply is not HTTP", True) from None


class _Parser:
    """The callbacks of httptools' response parser, and what they collect."""

    __slots__ = (
        "_bounded", "_headers_done", "_kept_header", "_parser", "body", "code", "complete", "header", "keep_alive", "length"
    )  # fmt: skip

    def __init__(self, kept_header: bytes) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._kept_header = kept_header
        self.begin()

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
