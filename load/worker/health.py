"""A load generator's own health: how late its event loop is, and what it uses."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import gevent
import psutil

from report.recording.rows import SampleRow

HEARTBEAT = 0.05
"""Seconds between two heartbeats."""
SLOW_BEAT = 0.005
"""A heartbeat that comes later than this, in seconds, gets a row of its own."""


def sample_health(number: int, now: Callable[[], float], jobs: Callable[[], int], record: Callable[[SampleRow], None]) -> None:
    """Record the health of generator `number` for ever.

    Each second: the largest `lag` of its heartbeats and how many there were (`beats`), `cpu` (cores), `rss`, and `jobs` in
    flight (no row tells of one whose submit has no reply yet). Each late heartbeat: `slow_beat`, so that any percentile
    above SLOW_BEAT is exact: those that have no row were faster.
    """
    process, source = psutil.Process(), f"generator-{number}"
    for lags, cpu in _seconds():
        health = {
            "lag": max(lags),
            "beats": len(lags),
            "cpu": cpu,
            "jobs": jobs(),
        }
        with suppress(OSError):  # It may have no file descriptor left to look with; the rest needs none.
            health["rss"] = process.memory_info().rss
        t = now()
        for lag in lags:
            if lag > SLOW_BEAT:
                record(SampleRow(t, source, "slow_beat", lag))
        for metric, value in health.items():
            record(SampleRow(t, source, metric, float(value)))


def _seconds() -> Iterator[tuple[list[float], float]]:
    """Each second: by how many seconds each heartbeat was late, and the share of a core that this process used."""
    began, busy = time.monotonic(), time.process_time()
    lags: list[float] = []
    while True:
        asleep = time.monotonic()
        gevent.sleep(HEARTBEAT)
        now = time.monotonic()
        lags.append(max(0.0, now - asleep - HEARTBEAT))
        if now - began >= 1:
            spent = time.process_time()
            yield lags, (spent - busy) / (now - began)
            began, busy, lags = now, spent, []
