"""A target that has every job done at once and counts what it answers: as fast as a target in Python can be.

`python -m tests.soak.counting` prints its URL and ends when its standard input does.
"""

import asyncio
import sys
from contextlib import suppress

import httptools

ACCEPTED = b'HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\n\r\n{"id":"1"}'
DONE = b'HTTP/1.1 200 OK\r\nContent-Length: 33\r\n\r\n{"status":"SUCCEEDED","result":1}'


class Counting(asyncio.Protocol):
    """One connection."""

    answered = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._parser = transport, httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._path = url

    def on_message_complete(self) -> None:
        if self._path == b"/counts":
            count = b"%d" % Counting.answered
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(count), count))
            return
        Counting.answered += self._path != b"/health"
        self._transport.write(ACCEPTED if self._parser.get_method() == b"POST" else DONE)


async def serve() -> None:
    """Listen on a free port for as long as somebody holds the other end of standard input."""
    server = await asyncio.get_running_loop().create_server(Counting, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(serve())
