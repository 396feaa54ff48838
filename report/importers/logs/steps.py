"""The steps of a rising load, found in how many clients there were in each second, and what each came to."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from profiles.model import Method
from report.importers.imported import LEVELS, Held
from report.stats.quantiles import Array, batch_interval, carries, quantile
from report.stats.saturation import Saturation, fit_saturation, parts_of, trial

from .request_log import OK, Clients, RequestLog

SHORTEST = 10
"""Seconds that the same number of clients must last to be a step: as many as there are parts of one."""


def steps_of(log: RequestLog, clients: Clients | None, zero: float, ended: Array) -> list[Held]:
    """The steps, in order; `zero` is the start of the test, `ended` (sorted as `log.start` is) when each request ended."""
    return [_step(log, zero, ended, *stretch) for stretch in _stretches(clients)]


def capacity_of(log: RequestLog, zero: float, ended: Array, steps: list[Held]) -> Saturation | None:
    """The most requests per second that succeed, by the same fit as for runs of our own. None with fewer than three levels."""
    if len({step.clients for step in steps}) < LEVELS:
        return None
    settle, good = Method().settle, ended[_succeeded(log)] - zero
    return fit_saturation([trial(step.clients, good, step.start, step.end, settle) for step in steps], waits=True)


def _stretches(clients: Clients | None) -> Iterator[tuple[int, float, float]]:
    """(clients, start, end) of each stretch of seconds with the same number of clients, in the time of the log."""
    if clients is None:
        return
    counts = clients.counts
    edges = np.flatnonzero(np.diff(counts)) + 1
    bounds = [0, *edges.tolist(), len(counts)]
    for start, end in pairwise(bounds):
        if end - start >= SHORTEST and counts[start] > 0:
            yield int(counts[start]), float(clients.first + start), float(clients.first + end)


def _step(log: RequestLog, zero: float, ended: Array, clients: int, start: float, end: float) -> Held:
    settled = float(parts_of(start, end, Method().settle)[0])
    inside = (log.start >= settled) & (log.start < end)
    done = (ended >= settled) & (ended < end) & _succeeded(log)
    seconds, count = log.seconds[inside], int(inside.sum())
    per_second = np.histogram(ended[done], np.arange(settled, end + 1e-9))[0].astype(np.float64)
    _, half = batch_interval(per_second)
    rate = float(done.sum()) / (end - settled)
    failed = None if log.cause is None or not count else float((log.cause[inside] != OK).mean())
    return Held(
        clients=clients,
        start=start - zero,
        end=end - zero,
        requests=count,
        rate=rate,
        low=None if np.isnan(half) else max(0.0, rate - half),
        high=None if np.isnan(half) else rate + half,
        failed=failed,
        median=quantile(seconds, 0.5) if carries(count, 0.5) else None,
        p95=quantile(seconds, 0.95) if carries(count, 0.95) else None,
    )


def _succeeded(log: RequestLog) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    return np.ones(len(log.start), dtype=np.bool_) if log.cause is None else log.cause == OK
