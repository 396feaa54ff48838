"""Work of a known amount, to see how a worker's strategy copes with it: what runs in a thread or process, and as a coroutine.

cpu                    seconds of processor time, so that work doesn't shrink where several share a core
io                     small files written and read again, with pauses, until the seconds are over
subprocess             a command that sleeps
subprocess_threaded    two threads, each of which starts such a command: threads and forks in one process
"""

import asyncio
import contextlib
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

KINDS = ("cpu", "io", "subprocess", "subprocess_threaded")
BLOCK = b"x" * 65536
PAUSE_S = 0.05
THREADS = 2

_stopping = threading.Event()
_commands: set["subprocess.Popen[bytes]"] = set()
_lock = threading.Lock()


def stop() -> None:
    """Ends all work of this process: what runs now returns at once."""
    _stopping.set()
    with _lock:
        for command in _commands:
            command.kill()


def blocking(kind: str, seconds: float) -> float:
    """Does the work in the thread that calls it; returns how many seconds it was: of the processor for cpu, else by the clock."""
    begun = time.monotonic()
    match kind:
        case "cpu":
            return _burn(seconds)
        case "io":
            for pause in _files(seconds):
                _stopping.wait(pause)
        case "subprocess":
            _sleep(seconds)
        case _:
            threads = [threading.Thread(target=_sleep, args=(seconds,)) for _ in range(THREADS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    return time.monotonic() - begun


async def coroutine(kind: str, seconds: float) -> float:
    """The same as a coroutine: work on the processor holds up its event loop, as it would anywhere."""
    begun = time.monotonic()
    match kind:
        case "cpu":
            return _burn(seconds)
        case "io":
            for pause in _files(seconds):
                await asyncio.sleep(pause)
        case "subprocess":
            command = await asyncio.create_subprocess_exec("sleep", str(seconds))
            try:
                await command.wait()
            finally:
                with contextlib.suppress(ProcessLookupError):
                    command.kill()
        case _:
            await asyncio.to_thread(blocking, kind, seconds)
    return time.monotonic() - begun


def _burn(seconds: float) -> float:
    begun = time.thread_time()
    while time.thread_time() - begun < seconds and not _stopping.is_set():
        sum(i * i for i in range(1000))
    return time.thread_time() - begun


def _files(seconds: float) -> Iterator[float]:
    """Writes and reads a file again and again; yields the pauses between."""
    end = time.monotonic() + seconds
    handle, name = tempfile.mkstemp(prefix="task-service-io-")
    os.close(handle)
    try:
        while (left := end - time.monotonic()) > 0 and not _stopping.is_set():
            Path(name).write_bytes(BLOCK)
            Path(name).read_bytes()
            yield min(PAUSE_S, left)
    finally:
        Path(name).unlink(missing_ok=True)


def _sleep(seconds: float) -> None:
    with _lock:
        if _stopping.is_set():
            return
        command = subprocess.Popen(["sleep", str(seconds)])
        _commands.add(command)
    command.wait()
    with _lock:
        _commands.discard(command)
