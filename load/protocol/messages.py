"""The messages between master and workers, on Locust's own channel.

A worker says hello, pings for the master's clock, says that it is ready, and sends chunks of rows; the master answers
with a welcome (or tells it to leave), pongs and acknowledgements, and in the end with the order to drain. At each step it
has the worker's clock measured anew, which is recorded and changes nothing.
"""

from typing import Any

from typing_extensions import TypedDict  # Pydantic, which checks what comes, wants this one before Python 3.12.

from report.recording.run_info import Priority

HELLO = "stepload-hello"
"""Worker to master, a `Hello`: it wants to take part. Sent again until a welcome comes."""
WELCOME = "stepload-welcome"
"""Master to worker, a `Welcome`: what the test is."""
LEAVE = "stepload-leave"
"""Master to worker, a `Leave`: it can't take part, or no longer."""
PING = "stepload-ping"
"""Worker to master, a `Ping`: what does your clock say?"""
PONG = "stepload-pong"
"""Master to worker, a `Pong`."""
READY = "stepload-ready"
"""Worker to master, a `Ready`: its clock is known, it can begin."""
CHUNK = "stepload-chunk"
"""Worker to master, a `Chunk`, twice a second: what it recorded. Sent again until it is acknowledged."""
ACK = "stepload-ack"
"""Master to worker, an `Ack`: these chunks are written."""
CLOCK = "stepload-clock"
"""Master to all workers, empty: measure your clock once more."""
DRIFT = "stepload-drift"
"""Worker to master, a `ClockOffset`: what came of that."""
DRAIN = "stepload-drain"
"""Master to all workers, a `Drain`: submit no more jobs."""


class Caller(TypedDict):
    """What a worker of any version says in its hello; `version` is stepload's."""

    worker: int
    version: str
    host: str


class Hello(Caller):
    """A worker that wants to take part; `boot` tells its machine from others."""

    pid: int
    boot: str
    machine: dict[str, Any]


class Welcome(TypedDict):
    """What a worker needs to know. `epoch`: the run's second 0 on the master's CLOCK_MONOTONIC; secrets stay names.
    `workers`: how many take part; `watch_host`: whether this one samples its machine, which no other does."""

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


class Ping(TypedDict):
    """When a worker asked, on its own CLOCK_MONOTONIC."""

    worker: int
    asked: float


class Pong(TypedDict):
    """The answer to a ping: when it was asked, by the worker's clock, and what the master's said."""

    asked: float
    theirs: float


class ClockOffset(TypedDict):
    """The master's clock minus the worker's, in seconds, and by how much that may be wrong."""

    worker: int
    offset: float
    error: float


class Ready(ClockOffset):
    """The same of a worker that can begin, and with what priority it runs."""

    priority: Priority


class Counters(TypedDict):
    """What a worker has done so far: rows sent and dropped; arrivals, those held back by max_in_flight, and those sent late."""

    requests_sent: int
    jobs_sent: int
    rows_dropped: int
    arrivals: int
    held_back: int
    late: int


class Chunk(TypedDict):
    """What a worker sends twice a second. All rows that completed until `mark` are in chunks up to this one.

    `seq` counts from 1. `final`: it is the last. `left`: why the worker stopped before it was told to; "" if it didn't.
    """

    worker: int
    seq: int
    mark: float
    requests: bytes
    jobs: bytes
    samples: bytes
    counters: Counters
    clients: int
    in_flight: int
    final: bool
    left: str


class Ack(TypedDict):
    """All chunks up to `seq` are written. What else a worker must know travels here, so that it can't be lost: `share`, its
    part of a batch (every so-manieth job from the first on), and whether clients still have the `unloaded` service each to
    themselves."""

    seq: int
    share: tuple[int, int] | None
    unloaded: bool


class Drain(TypedDict):
    """Open jobs may end within `limit` seconds; then the target is asked to `cancel` them, if it can."""

    limit: float
    cancel: bool


def no_counts() -> Counters:
    """What a worker has done before it did anything."""
    return Counters(requests_sent=0, jobs_sent=0, rows_dropped=0, arrivals=0, held_back=0, late=0)
