"""Seconds since a run's epoch, on every machine of the run."""

import time
from collections.abc import Callable
from pathlib import Path


def boot_id() -> str:
    """What tells machines apart: processes with the same one share CLOCK_MONOTONIC."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def best_offset(exchanges: list[tuple[float, float, float]]) -> tuple[float, float]:
    """(offset, error) of another clock against ours, in seconds, from (asked, theirs, answered) exchanges.

    The exchange with the shortest round trip wins (Cristian 1989); the error is at most half that round trip.
    """
    asked, theirs, answered = min(exchanges, key=lambda exchange: exchange[2] - exchange[0])
    return theirs - (asked + answered) / 2, (answered - asked) / 2


def run_clock(epoch: float) -> Callable[[], float]:
    """A clock of seconds since `epoch`, a moment on this machine's CLOCK_MONOTONIC."""
    return lambda: time.monotonic() - epoch
