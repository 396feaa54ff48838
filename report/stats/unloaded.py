"""The level of a service that has nothing else to do: from the few values that one job at a time gives, or, of what it holds,
from samples while nothing is asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import bdtr

from .quantiles import Array

LEAST = 20
"""Fewer values are no level to hold others against."""
LEAST_SAMPLES = 5
"""Fewer samples are no idle level."""
MOVING = 0.1
"""An idle level that moves by more than this share of the difference is none yet."""
SURE = 0.95
"""The confidence of each bound of the median, so that both hold with 90 %."""


class Unloaded(NamedTuple):
    """The median of `n` values; with 95 % confidence each it is no less than `low` and no more than `high`."""

    n: int
    median: float
    low: float
    high: float


def unloaded(values: Array) -> Unloaded | None:
    """The level of these values, None below 20 of them."""
    return unloaded_between(values, values, float(np.median(values))) if len(values) >= LEAST else None


def unloaded_between(after: Array, before: Array, median: float | None) -> Unloaded | None:
    """The level of values each of which lies between its `after` and its `before`; None below 20 of them. `median`: the best
    that is known of theirs.

    The bounds are order statistics: of n values as many lie below the true median as heads come up in n tosses of a coin,
    however they are distributed (the interval of the sign test).
    """
    n = len(after)
    if n < LEAST or median is None:
        return None
    rank = int(np.searchsorted(bdtr(np.arange(n), n, 0.5), SURE))
    return Unloaded(n, median, float(np.sort(after)[n - 1 - rank]), float(np.sort(before)[rank]))


Why = Literal["never idle", "no jobs", "open jobs", "still moving", "mere noise"]
"""Why it can't be known what a job leaves behind."""


@dataclass(frozen=True)
class Kept:
    """What each job left behind of a resource, in its unit: `value` between `low` and `high`; `why`: it can't be known."""

    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    why: Why | None = None


def kept_by_job(before: Array, after: Array, jobs: int, open_jobs: int) -> Kept:
    """(idle level after − idle level before) / jobs, from samples while nothing is asked. The levels are medians; the bounds
    are what they could be off by if each lay anywhere between its samples' quartiles. `open_jobs` were never seen to end, and
    may still hold what they took."""
    if min(len(before), len(after)) < LEAST_SAMPLES:
        return Kept(why="never idle")
    if not jobs:
        return Kept(why="no jobs")
    if open_jobs:
        return Kept(why="open jobs")
    difference = float(np.median(after) - np.median(before))
    doubt = sum(float(np.subtract(*np.quantile(values, [0.75, 0.25]))) for values in (before, after)) / 2
    if abs(difference) <= doubt and doubt > 0:
        return Kept(why="mere noise")
    if any(abs(_drift(values)) > max(MOVING * abs(difference), doubt) for values in (before, after)):
        return Kept(why="still moving")
    return Kept(difference / jobs, (difference - doubt) / jobs, (difference + doubt) / jobs)


@dataclass(frozen=True)
class Idle:
    """Samples by source and metric while nothing was asked, before the load and after it; between the two so many `jobs` were
    accepted, of which `open_jobs` were never seen to end."""

    before: Mapping[tuple[str, str], Array]
    after: Mapping[tuple[str, str], Array]
    jobs: int
    open_jobs: int

    def kept(self, source: str, metric: str) -> Kept:
        """What each job left behind of a metric of a source."""
        none = np.empty(0)
        before, after = (side.get((source, metric), none) for side in (self.before, self.after))
        return kept_by_job(before, after, self.jobs, self.open_jobs)


def _drift(values: Array) -> float:
    """By how much the second half lies above the first."""
    first, second = np.array_split(values, 2)
    return float(np.median(second) - np.median(first))
