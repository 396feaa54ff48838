"""The messages between master and workers, on Locust's own channel."""

from typing import Any, TypedDict

HELLO, READY, PING, CHUNK = "stepload-hello", "stepload-ready", "stepload-ping", "stepload-chunk"
WELCOME, PONG, ACK, DRAIN = "stepload-welcome", "stepload-pong", "stepload-ack", "stepload-drain"


class Hello(TypedDict):
    """A worker that wants to take part."""

    worker: int
    host: str
    pid: int
    boot: str
    machine: dict[str, Any]


class Welcome(TypedDict):
    """What a worker needs to know. `epoch` is on the master's CLOCK_MONOTONIC; secrets stay names."""

    profile: dict[str, Any]
    host: str
    epoch: float
    boot: str
    pid: int
    workers: int
    watch_host: bool
