"""How workers run work: on an event loop of their own, in threads, in processes, or as the kind of work asks for."""

import asyncio
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

from service import work

STRATEGIES = ("async", "thread", "process", "auto")
AUTO = {"cpu": "process", "io": "async", "subprocess": "async", "subprocess_threaded": "thread"}
"""What suits each kind: the processor's work needs processes, since one of them runs Python in one thread at a time."""


class Strategy:
    """Runs work as one of STRATEGIES, so much of it at once as there are workers (with auto, processes only as many as cores)."""

    def __init__(self, name: str, workers: int) -> None:
        self._name = name
        processes = min(workers, os.cpu_count() or 1) if name == "auto" else workers
        makers: dict[str, Callable[[], Executor | Loop]] = {
            "async": Loop,
            "thread": lambda: ThreadPoolExecutor(workers),
            "process": lambda: _processes(processes),
        }
        used = set(AUTO.values()) if name == "auto" else {name}
        self._runners = {each: make() for each, make in makers.items() if each in used}

    async def run(self, kind: str, seconds: float) -> float:
        """Does the work; returns how many seconds it was."""
        runner = self._runners[AUTO[kind] if self._name == "auto" else self._name]
        if isinstance(runner, Loop):
            return await asyncio.wrap_future(runner.submit(work.coroutine(kind, seconds)))
        return await asyncio.get_running_loop().run_in_executor(runner, work.blocking, kind, seconds)

    def close(self) -> None:
        """Ends all that runs, and does not wait for it."""
        work.stop()
        children = multiprocessing.active_children()
        for runner in self._runners.values():
            if isinstance(runner, Loop):
                runner.close()
            else:
                runner.shutdown(wait=False, cancel_futures=True)
        for child in children:
            child.terminate()


class Loop:
    """An event loop in a thread of its own: work that holds it up holds up no HTTP reply."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def submit(self, coroutine: Coroutine[Any, Any, float]) -> "Future[float]":
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)


def _processes(count: int) -> ProcessPoolExecutor:
    """Processes that are there before the first work comes: to start one takes longer than some work."""
    context = multiprocessing.get_context("forkserver")  # A fork of this process, which has threads, could hang.
    context.set_forkserver_preload(["service.__main__"])
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_begin)
    for started in [pool.submit(time.sleep, 0.2) for _ in range(count)]:
        started.result()
    return pool


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: _leave())
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    _leave()


def _leave() -> None:
    work.stop()
    os._exit(0)
