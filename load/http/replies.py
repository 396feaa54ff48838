"""How a reply is read: HTTP/1.1 by httptools, and heads that come again not twice."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import httptools

from .sockets import Stream

KEPT_BODY = 1 << 20
KNOWN_HEADS = 256
LONGEST_HEAD = 1 << 18
"""Bytes that may come without any of a body: a head, or what follows the last chunk."""


class BrokenReply(Exception):
    """Why no whole reply came, in few words; `begun` tells whether a byte of it had."""

    def __init__(self, name: str, begun: bool) -> None:
        super().__init__(name)
        self.name, self.begun = name, begun


class Head(NamedTuple):
    """What the head of a reply says: of its headers those that are kept, by their names in small letters (one that comes
    several times: the values in lines). `cut`: the body behind it was longer than what is kept."""

    code: int
    headers: Mapping[str, str]
    keep_alive: bool
    cut: bool = False


class ReplyReader:
    """Reads the replies of one target, whatever connection they come on.

    All that a head says is a matter of its bytes, and a target's heads differ little: mostly by the date, once a second.
    So what the parser found in one, with a body of announced length behind it, is known when the same bytes come again.
    """

    def __init__(self, kept: Iterable[str], keep: int) -> None:
        self._kept, self._keep = frozenset(name.lower().encode() for name in kept), keep
        self._known: dict[bytes, tuple[Head, int]] = {}
        self._parsers: list[_Parser] = []

    def read(self, stream: Stream, received: bytes) -> tuple[Head, bytes, int]:
        """The rest of a reply of which this much was received: its head, its body (cut at as much as is kept) and its length.

        Raises BrokenReply, OSError.
        """
        end = received.find(b"\r\n\r\n") + 4
        known = self._known.get(received[:end])
        if known is not None and len(received) - end == known[1]:
            return known[0], received[end:], len(received)
        parser = self._parsers.pop() if self._parsers else _Parser(self._kept, self._keep)
        self._parse(parser, stream, received)
        head, body, length = Head(parser.code, parser.headers, parser.keep_alive, parser.cut), parser.body, parser.length
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
                if parser.bare > LONGEST_HEAD:
                    raise BrokenReply(f"the reply's head is longer than {LONGEST_HEAD >> 10} KiB", True)
        except httptools.HttpParserError:
            raise BrokenReply("the reply is not HTTP", True) from None


class _Parser:
    """The callbacks of httptools' response parser, and what they collect."""

    __slots__ = (
        "_bounded", "_headers_done", "_keep", "_kept", "_parser", "_parts", "_room", "bare", "code", "complete", "cut",
        "headers", "keep_alive", "length",
    )  # fmt: skip

    def __init__(self, kept: frozenset[bytes], keep: int) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._kept, self._keep = kept, keep
        self.begin()

    def begin(self) -> None:
        """Forget the last reply."""
        self._bounded = self._headers_done = False
        self._parts: list[bytes] = []
        self._room = self._keep
        self.code = 0
        self.length = 0
        self.bare = 0
        self.headers: dict[str, str] = {}
        self.complete = self.cut = False
        self.keep_alive = False

    @property
    def body(self) -> bytes:
        """What is kept of it."""
        return b"".join(self._parts)

    def feed(self, data: bytes) -> None:
        self.length += len(data)
        self.bare += len(data)
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
        if lower in self._kept:
            key, said = lower.decode("latin-1"), value.decode("latin-1")
            self.headers[key] = f"{self.headers[key]}\n{said}" if key in self.headers else said

    def on_headers_complete(self) -> None:
        self._headers_done = True
        self.code = self._parser.get_status_code()

    def on_body(self, part: bytes) -> None:
        self.bare = 0
        if len(part) > self._room:
            part, self.cut = part[: self._room], True
        self._room -= len(part)
        self._parts.append(part)

    def on_message_complete(self) -> None:
        if self.code >= 200:
            self.complete = True
            self.keep_alive = self._parser.should_keep_alive()
        else:
            self._headers_done = self._bounded = False
