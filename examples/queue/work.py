"""What every engine's workers do: note when a task starts and completes, in Redis and in a log of the truth, and work meanwhile.

Moments are seconds since the epoch in UTC: a task's start and its creation are told by one clock, whatever the time zone.
"""

import os
import time

import redis

DONE_SECONDS = 3600
_server: "redis.Redis[bytes] | None" = None


def server() -> "redis.Redis[bytes]":
    """One connection for each process."""
    global _server
    if _server is None:
        _server = redis.Redis(unix_socket_path=os.environ["QUEUE_SOCKET"])
    return _server


def key(task: str) -> str:
    return f"task:{task}"


def perform(task: str, seconds: float) -> None:
    """Run one task."""
    started = time.time()
    server().hset(key(task), mapping={"status": "running", "started_at": repr(started)})
    if seconds:
        time.sleep(seconds)
    completed = time.time()
    server().hset(key(task), mapping={"status": "success", "completed_at": repr(completed)})
    log = os.open(os.environ["QUEUE_TRUTH"], os.O_WRONLY | os.O_APPEND)
    os.write(log, f"{task},{os.getpid()},{started!r},{completed!r}\n".encode())
    os.close(log)
