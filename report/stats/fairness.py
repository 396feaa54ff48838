"""How evenly tenants are served, and how long anybody waited at the most. Arrays in, numbers out; times in seconds."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import chdtrc, stdtrit

from .intervals import Held, Interval
from .quantiles import BATCHES, Array, quantile, ranks_of

EQUAL_DEMAND = 1.1
"""Tenants demand alike if the largest asks for no more than so many times what the smallest does."""
MIN_JOBS = 200
"""Jobs of each tenant, below which Jain's index says more about chance than about the service."""
FAIR = 0.95
"""Jain's index below this is unfair."""


LEAST_RANKED = 5
"""Jobs of each tenant, below which ranks can't be told from chance."""
ALIKE = 0.01
"""Tenants that are served alike differ as much less often than this."""


@dataclass(frozen=True)
class Bounds:
    """A time known to lie between `least` and `most`; `most` is infinite where the end was never seen."""

    least: float
    most: float

    def below(self, limit: float) -> Literal["yes", "no", "undecided"]:
        """Whether the time lies below `limit`, as far as the bounds tell."""
        return "yes" if self.most < limit else "no" if self.least >= limit else "undecided"


def longest(since: Array | float, done_after: Array, done_before: Array) -> Bounds:
    """The longest of several waits: each began at `since` and ended in (done_after, done_before].

    `done_before` is NaN where the end was never seen: that wait lasts at least until `done_after`, its age when last
    seen. An unknown `done_after` bounds nothing. The result is exact for what the polls can tell. NaN for no waits.
    """
    if not len(done_before):
        return Bounds(math.nan, math.nan)
    least = np.nan_to_num(done_after - since, nan=0.0)
    most = np.where(np.isnan(done_before), np.inf, done_before - since)
    return Bounds(float(least.max()), float(most.max()))


def jackknife(statistic: Callable[[Sequence[Array]], float], tenants: Sequence[Held], comparisons: int = 1) -> Interval:
    """What `statistic` makes of the tenants' values, with a 95 % interval by the jackknife: computed anew without each of ten
    parts of them all, Student's t with 9 degrees of freedom (Tukey 1958). Tenants who wait for the same queue wait long at the
    same time, so a part is left out of all of them at once. `comparisons`: that so many intervals hold at once (Bonferroni).
    NaN where one part holds all jobs of a tenant."""
    whole = statistic([held.values for held in tenants])
    without = [[held.values[held.sections != part] for held in tenants] for part in range(BATCHES)]
    if not all(len(values) for left in without for values in left):
        return Interval(whole, math.nan, math.nan)
    pseudo = BATCHES * whole - (BATCHES - 1) * np.array([statistic(left) for left in without])
    times = float(stdtrit(BATCHES - 1, 1 - 0.025 / comparisons))
    half = times * float(pseudo.std(ddof=1) / np.sqrt(BATCHES))
    return Interval(whole, whole - half, whole + half)


def served_worst(tenants: Mapping[str, Held]) -> tuple[str, Interval] | None:
    """Whose p95 is the longest, and how many times the median of all that is; None for fewer than two or without a median.

    It was looked for, so its interval is one that holds for every tenant at once."""
    found = spread({name: quantile(held.values, 0.95) for name, held in tenants.items()})
    if found is None:
        return None
    place = list(tenants).index(found[0])

    def ratio(values: Sequence[Array]) -> float:
        levels = [quantile(each, 0.95) for each in values]
        return float(np.log(levels[place] / np.median(levels)))

    logs = jackknife(ratio, list(tenants.values()), len(tenants))
    return found[0], Interval(found[1], float(np.exp(logs.low)), float(np.exp(logs.high)))


def chance_of(tenants: Sequence[Array]) -> float:
    """How likely times of tenants served alike would differ as much in rank, by Kruskal and Wallis (1952) with their correction
    for ties and chi-square. Chance alone chose whose turn it was to submit, so queues that jobs share don't spoil it."""
    ranks = ranks_of(np.concatenate(tenants))
    spread_of_all = float(ranks.var(ddof=1))
    if not spread_of_all:
        return 1.0
    own = np.split(ranks, np.cumsum([len(values) for values in tenants])[:-1])
    between = sum(len(each) * (float(each.mean()) - float(ranks.mean())) ** 2 for each in own)
    return float(chdtrc(len(tenants) - 1, between / spread_of_all))


def evenness(tenants: Sequence[Held]) -> Interval:
    """Jain's index of the tenants' mean times."""
    index = jackknife(lambda values: jain(np.array([each.mean() for each in values])), tenants)
    return Interval(index.value, max(index.low, 1 / len(tenants)), min(index.high, 1.0))


def fairness(index: Interval) -> Literal["even", "uneven", "unclear"]:
    """What an index says as far as its interval tells."""
    return "uneven" if index.high < FAIR else "even" if index.low >= FAIR else "unclear"


def spread(levels: Mapping[str, float]) -> tuple[str, float] | None:
    """Who is served worst, and how many times the median of all that is; None for fewer than two or without a median."""
    if len(levels) < 2:
        return None
    worst = max(levels, key=lambda name: levels[name])
    middle = float(np.median(list(levels.values())))
    return (worst, levels[worst] / middle) if middle > 0 else None


def jain(means: Array) -> float:
    """Jain's index of fairness (Jain, Chiu & Hawe 1984): (Σx)² / (n·Σx²), 1 for equal x, 1/n if one has it all."""
    squares = float(np.sum(means**2))
    return float(np.sum(means)) ** 2 / (len(means) * squares) if squares > 0 else 1.0


def comparable(jobs: Mapping[str, int]) -> bool:
    """Whether Jain's index may be computed: two tenants or more that demand alike, each with jobs enough."""
    counts = list(jobs.values())
    return len(counts) > 1 and min(counts) >= MIN_JOBS and max(counts) <= EQUAL_DEMAND * min(counts)
