"""A server that behaves as badly as servers do: it plays a script on each connection."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 20.0
"""Seconds that no test comes near unless something hangs."""
SHORT = 0.2
"""Seconds until a time limit that is meant to run out."""
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

    family, address, name = socket.AF_INET, "127.0.0.1", "127.0.0.1"

    def __init__(self, *scripts: Script) -> None:
        self._scripts = scripts
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self._listener = socket.create_server((self.address, 0), family=self.family, backlog=256)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://{self.name}:{self.port}"
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


class ServerOnIPv6(Server):
    """The same on IPv6's loopback."""

    family, address, name = socket.AF_INET6, "::1", "[::1]"


def answering(*answers: bytes) -> Script:
    """Answer one request after another on the same connection, then wait until the client hangs up."""

    def script(peer: Peer) -> None:
        for answer in answers:
            if not peer.request():
                return
            peer.send(answer)
        peer.request()

    return script


def over_tls(certificate: Path, script: Script) -> Script:
    """The same script behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def wrapped(peer: Peer) -> None:
        peer._raw = context.wrap_socket(peer._raw, server_side=True)
        script(peer)

    return wrapped
