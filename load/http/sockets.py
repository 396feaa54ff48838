"""The two kinds of stream that a request travels on: TCP, and TLS over it, on gevent's sockets.

Nothing here keeps time: who waits for too long is thrown out by a `TimeLimit`.
"""

import select
from contextlib import suppress
from typing import Protocol

from gevent import get_hub, getcurrent, monkey, socket, ssl
from greenlet import greenlet

RECEIVE = 1 << 16
_poll = monkey.get_original("select", "poll")
"""Asked with no patience at all, so there is nothing to switch greenlets for."""


class Stream(Protocol):
    """What a connection needs of one."""

    def send(self, data: bytes) -> None:
        """Send all of it. Raises OSError."""

    def receive(self) -> bytes:
        """What has come, at least a byte; b"" at the end."""

    def is_alive(self) -> bool:
        """Whether the idle stream is still open, with nothing unasked-for to read."""

    def close(self) -> None:
        """Give it up."""


class PlainStream:
    """TCP. It waits before it reads, since a reply is never there at once; and it is watched as long as it is open:
    to begin and end that for each wait would cost more than the wait."""

    def __init__(self, raw: socket.socket) -> None:
        self._raw, self._bare = raw, raw._sock
        self._hub = get_hub()
        self._readable, self._writable = self._hub.loop.io(raw.fileno(), 1), self._hub.loop.io(raw.fileno(), 2)
        self._glance = _glance(raw)
        self._waiter: greenlet | None = None
        self._quiet = True
        self._readable.start(self._wake)

    def send(self, data: bytes) -> None:
        try:
            sent = self._bare.send(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self._send_rest(memoryview(data)[sent:])

    def receive(self) -> bytes:
        while True:
            self._wait()
            try:
                return self._bare.recv(RECEIVE)  # type: ignore[no-any-return]
            except BlockingIOError:
                continue

    def is_alive(self) -> bool:
        return self._quiet and not self._glance.poll(0)

    def close(self) -> None:
        self._readable.close()
        self._writable.close()
        self._raw.close()

    def _send_rest(self, data: memoryview) -> None:
        self._readable.stop()  # A reply that comes before the request's end would wake us again and again.
        self._writable.start(self._wake)
        try:
            while data:
                self._wait()
                with suppress(BlockingIOError):
                    data = data[self._bare.send(data) :]
        finally:
            self._writable.stop()
            self._readable.start(self._wake)

    def _wait(self) -> None:
        self._waiter = getcurrent()
        try:
            self._hub.switch()
        finally:
            self._waiter = None

    def _wake(self) -> None:
        """Called by the hub; on an idle stream, whatever comes is its end."""
        if self._waiter is not None:
            self._waiter.switch()
        else:
            self._quiet = False
            self._readable.stop()


class TlsStream:
    """TLS over gevent's sockets."""

    def __init__(self, raw: ssl.SSLSocket) -> None:
        self._raw = raw
        self._glance = _glance(raw)
        raw.settimeout(None)
        self.send, self.close = raw.sendall, raw.close

    def receive(self) -> bytes:
        return self._raw.recv(RECEIVE)  # type: ignore[no-any-return]

    def is_alive(self) -> bool:
        return not (self._raw.pending() or self._glance.poll(0))


def _glance(raw: socket.socket) -> select.poll:
    """What tells at once whether there is something to read."""
    glance = _poll()
    glance.register(raw.fileno(), select.POLLIN)
    return glance  # type: ignore[no-any-return]
