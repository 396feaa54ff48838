"""The process around the API: listening, starting and stopping."""

import asyncio
import contextlib
import errno
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

BACKLOG = 4096
ACCEPT_BATCH = 64
KEEP_ALIVE_S = 75
PARENT_CHECK_S = 0.2


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, or asyncio would not set TCP_NODELAY: each keep-alive reply would take 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def address(listener: socket.socket, reachable: bool = False) -> str:
    """The address as a URL; with `reachable`, one that this machine itself can connect to."""
    host, port = listener.getsockname()[:2]
    if reachable:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """uvicorn that stops at once, leaves signals alone and says when it is ready."""

    def __init__(self, app: ASGIApp, on_ready: Callable[[], Awaitable[None]]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                # asyncio tries to accept this many connections in a row, even when each try fails for want
                # of a file descriptor; the socket's real backlog is set again in `startup`.
                backlog=ACCEPT_BATCH,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=0,
            )
        )
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for each in sockets or []:
            each.listen(BACKLOG)
        await self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        self.should_exit = True


async def stop_without(parent: int, stop: Callable[[], None]) -> None:
    """Calls `stop` when the process `parent` is gone."""
    is_ours = os.getppid() == parent
    while _exists(parent) and (not is_ours or os.getppid() == parent):
        await asyncio.sleep(PARENT_CHECK_S)
    stop()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def handle_signals(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)


def quieten_accept() -> None:
    """Says once that connections can't be accepted, instead of a traceback a try."""
    said = False

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        nonlocal said
        error = context.get("exception")
        if not isinstance(error, OSError) or error.errno not in (errno.EMFILE, errno.ENFILE):
            loop.default_exception_handler(context)
        elif not said:
            said = True
            print("service: too many open files, new connections have to wait", file=sys.stderr)

    asyncio.get_running_loop().set_exception_handler(handle)
