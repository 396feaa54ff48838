"""Silences: stretches in which nothing came back, though it was asked for all the while. Arrays in; times in seconds."""

from typing import NamedTuple

import numpy as np

from .quantiles import Array

SHORTEST = 1.0
"""Seconds: a shorter silence is none."""
GAPS = 20.0
"""A silence is this many times the mean time between two replies: in random traffic 1 in 500 million gaps is that long."""
WAITING = 5
"""So many were sent into it, at the least."""


class Stall(NamedTuple):
    """Nothing came back in (start, end), though `waiting` were sent into it. `slowest`: the longest that any of those, or
    of those that were out when it began, took to be answered; what never was is counted up to its end."""

    start: float
    end: float
    waiting: int
    slowest: float

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return self.end - self.start


def find_stalls(due: Array, replied: Array, start: float, end: float) -> list[Stall]:
    """The silences within [start, end), one that lasts up to its end too; `due` and `replied` (NaN or inf: never) belong
    together, in any order."""
    answered = np.sort(replied[(replied >= start) & (replied < end)])
    if len(answered) < 2:
        return []
    shortest = max(SHORTEST, GAPS * (end - start) / len(answered))
    edges = np.append(answered, end)
    silences = np.flatnonzero(np.diff(edges) >= shortest)
    found = (_stall(due, replied, float(edges[i]), float(edges[i + 1])) for i in silences)
    return [stall for stall in found if stall.waiting >= WAITING]


def _stall(due: Array, replied: Array, start: float, end: float) -> Stall:
    replied = np.where(np.isfinite(replied), replied, end)
    out = (due < end) & (replied > start)
    waiting = int(np.count_nonzero((due >= start) & (due < end)))
    return Stall(start, end, waiting, float((replied[out] - due[out]).max(initial=0.0)))
