"""The two kinds of stream that a request travels on: TCP, and TLS over it, on gevent's sockets."""

import select
import time
from typing import Protocol

from gevent import get_hub, monkey, socket, ssl

RECEIVE = 1 << 16
_poll = monkey.get_original("select", "poll")
"""Asked with no patience at all, so there is nothing to switch greenlets for."""


class Stream(Protocol):
    """What a connection needs of one; deadlines are on CLOCK_MONOTONIC."""

    def send(self, data: bytes, deadline: float) -> None:
        """Send all of it. Raises OSError, TimeoutError past the deadline."""

    def receive(self, deadline: float) -> bytes:
        """What has come, at least a byte; b"" at the end."""

    def is_alive(self) -> bool:
        """Whether the idle stream is still open, with nothing unasked-for to read."""

    def close(self) -> None:
        """Give it up."""


class PlainStream:
    """TCP. It waits before it reads, since a reply is never there at once: gevent's own recv would try in vain first."""

    def __init__(self, raw: socket.socket) -> None:
        self._raw, self._bare = raw, raw._sock
        loop = get_hub().loop
        self._readable, self._writable = loop.io(raw.fileno(), 1), loop.io(raw.fileno(), 2)

    def send(self, data: bytes, deadline: float) -> None:
        sent = self._try_to_send(data)
        while sent < len(data):
            socket.wait(self._writable, _until(deadline), TimeoutError)
            sent += self._try_to_send(data[sent:])

    def receive(self, deadline: float) -> bytes:
        while True:
            socket.wait(self._readable, _until(deadline), TimeoutError)
            try:
                return self._bare.recv(RECEIVE)  # type: ignore[no-any-return]
            except BlockingIOError:
                continue

    def is_alive(self) -> bool:
        try:
            self._bare.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        self._readable.close()
        self._writable.close()
        self._raw.close()

    def _try_to_send(self, data: bytes) -> int:
        try:
            return self._bare.send(data)  # type: ignore[no-any-return]
        except BlockingIOError:
            return 0


class TlsStream:
    """TLS over gevent's sockets."""

    def __init__(self, raw: ssl.SSLSocket) -> None:
        self._raw = raw

    def send(self, data: bytes, deadline: float) -> None:
        self._raw.settimeout(_until(deadline))
        self._raw.sendall(data)

    def receive(self, deadline: float) -> bytes:
        self._raw.settimeout(_until(deadline))
        return self._raw.recv(RECEIVE)  # type: ignore[no-any-return]

    def is_alive(self) -> bool:
        readable = _poll()
        readable.register(self._raw.fileno(), select.POLLIN)
        return not (self._raw.pending() or readable.poll(0))

    def close(self) -> None:
        self._raw.close()


def _until(deadline: float) -> float:
    return max(0.001, deadline - time.monotonic())


def tls_context() -> ssl.SSLContext:
    """The usual one, of gevent's class: ssl.create_default_context's sockets block unless all is patched."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    return context


def shake_hands(raw: ssl.SSLSocket) -> None:
    """Do TLS's handshake; the socket is closed where that fails."""
    try:
        raw.do_handshake()
    except BaseException:
        raw.close()
        raise
