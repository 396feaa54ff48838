"""How a connection to one host comes about."""

from contextlib import nullcontext

import gevent
from gevent import socket, ssl

from .deadlines import OutOfTime
from .failures import EXHAUSTED, TransportError, name_of, tls_name
from .sockets import PlainStream, Stream, TlsStream


class Connector:
    """Opens streams to a host, within so many seconds each (None: no limit of their own). `context`: TLS."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, within: float | None) -> None:
        self._host, self._port, self._context, self._within = host, port, context, within

    def connect(self) -> Stream:
        """A new stream. Raises TransportError."""
        within = self._within
        try:
            with gevent.Timeout(within, OutOfTime) if within else nullcontext():
                return self._open()
        except OutOfTime as error:
            raise TransportError(error.in_connecting, True) from None
        except TimeoutError:
            raise TransportError("connect timed out", True) from None
        except (socket.gaierror, UnicodeError):
            raise TransportError("host name does not resolve", True) from None
        except ssl.SSLError as error:
            raise TransportError(tls_name(error), True) from None
        except OSError as error:
            name = name_of(error)
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
