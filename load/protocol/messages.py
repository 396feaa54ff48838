"""The messages between master and workers, on Locust's own channel.

A worker says hello, pings for the master's clock, says that it is ready, and sends chunks of rows; the master answers
with a welcome (or tells it to leave), pongs and acknowledgements, and in the end with the order to drain. At each step it
has the worker's clock measured anew, which is recorded and changes nothing.
"""

from typing import Any, TypedDict

HELLO, READY, PING, CHUNK = "stepload-hello", "stepload-ready", "stepload-ping", "stepload-chunk"
WELCOME, PONG, ACK, DRAIN = "stepload-welcome", "stepload-pong", "stepload-ack", "stepload-drain"
LEAVE, CLOCK, DRIFT = "stepload-leave", "stepload-clock", "stepload-drift"


class Hello(TypedDict):
    """A worker that wants to take part; `version` is stepload's."""

    worker: int
    version: str
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


class Leave(TypedDict):
    """A worker that can't take part, or no longer: why, and the exit code that says so."""

    why: str
    code: int
