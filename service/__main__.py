"""`python -m service`: puts the parts together and runs them until a signal."""

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx

from service.app import Api
from service.faults import Faults
from service.options import Options, parse
from service.server import Server, address, handle_signals, listen, quieten_accept, stop_without
from service.store import Store
from service.strategies import Strategy
from service.tasks import Runner
from service.truth import Truth
from service.workers import TaskQueue

FETCH_KEEP_ALIVE_S = 60.0
REMOVAL_WAIT_S = 0.3


class StartError(Exception):
    """The service can't start; the message is for the user."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the service; returns its exit code."""
    options = parse(argv)
    try:
        with contextlib.ExitStack() as stack:
            listener, store, truth = _open(options, stack)
            asyncio.run(_serve(options, listener, store, truth))
    except StartError as error:
        print(f"service: {error}", file=sys.stderr)
        return 2
    return 0


def _open(options: Options, stack: contextlib.ExitStack) -> tuple[socket.socket, Store, Truth]:
    """Everything that another process or the disk can refuse."""
    try:
        listener = stack.enter_context(listen(options.host, options.port))
    except OSError as error:
        raise StartError(f"cannot listen on {options.host}:{options.port}: {error.strerror}") from error
    folder = options.data or stack.enter_context(_temporary_folder())
    try:
        store = stack.enter_context(contextlib.closing(Store(folder)))
    except BlockingIOError as error:
        raise StartError(f"the folder {folder} is in use by another service") from error
    except OSError as error:
        raise StartError(f"cannot keep tasks in {folder}: {error.strerror}") from error
    try:
        truth = stack.enter_context(contextlib.closing(Truth(options.truth)))
    except OSError as error:
        raise StartError(f"cannot write the truth log {options.truth}: {error.strerror}") from error
    except ValueError as error:
        raise StartError(str(error)) from error
    return listener, store, truth


@contextlib.contextmanager
def _temporary_folder() -> Iterator[Path]:
    """A folder that is removed at exit, by a process of its own: a million results take a while."""
    folder = tempfile.mkdtemp(prefix="task-service-")
    try:
        yield Path(folder)
    finally:
        removal = subprocess.Popen(["rm", "-rf", "--", folder], start_new_session=True)
        with contextlib.suppress(subprocess.TimeoutExpired):
            removal.wait(REMOVAL_WAIT_S)


async def _serve(options: Options, listener: socket.socket, store: Store, truth: Truth) -> None:
    faults = Faults(options)
    pool = httpx.Limits(max_keepalive_connections=options.workers, keepalive_expiry=FETCH_KEEP_ALIVE_S)
    async with httpx.AsyncClient(limits=pool, timeout=options.fetch_timeout, trust_env=False) as client:
        content = f"{address(listener, reachable=True)}/content"
        strategy = Strategy(options.strategy, options.workers)
        runner = Runner(client, content, options.fetch_timeout, options.seed, strategy)
        queue = TaskQueue(store, truth, runner, faults, options.workers, options.queue_limit)

        async def ready() -> None:
            with contextlib.suppress(httpx.HTTPError):  # a client's first request takes ten times as long
                await client.get(f"{content}?delay=0")
            faults.start(asyncio.get_running_loop().time())
            print(f"listening on {address(listener)}", flush=True)

        server = Server(Api(queue, faults, options).app(), ready)
        handle_signals(server.stop)
        quieten_accept()
        queue.recover()
        async with asyncio.TaskGroup() as group:
            background = [group.create_task(queue.work(number)) for number in range(1, options.workers + 1)]
            if options.parent_pid is not None:
                background.append(group.create_task(stop_without(options.parent_pid, server.stop)))
            await server.serve(sockets=[listener])
            strategy.close()
            for task in background:
                task.cancel()


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGINT):  # until the event loop handles them
        signal.signal(number, lambda *_: sys.exit(0))
    sys.exit(main())
