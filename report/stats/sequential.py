"""Sequential statistics for the stop rules: numpy in, numbers out; each is advanced window by window as a run lasts."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from .quantiles import Array, quantile

ALARM = log(1e4)
"""A sequential test alarms when the data are ten thousand times likelier under "broken" than under "healthy"."""
ODDS = 2.0
"""Broken means failures at so many times the tolerated odds, healthy means at one part in so many: 2 % against 0.5 % where 1 % is
tolerated."""


@dataclass(frozen=True)
class Excursion:
    """Where a Bernoulli CUSUM stands: its log likelihood ratio `score` ≥ 0, and what has been seen since it last was
    zero (the likeliest time at which something changed): `bad` failures of `of`, in `seconds`."""

    score: float = 0.0
    bad: int = 0
    of: int = 0
    seconds: int = 0

    @property
    def alarms(self) -> bool:
        """Whether the evidence is enough."""
        return self.score >= ALARM


def bernoulli_cusum(before: Excursion, bad: int, of: int, tolerated: float) -> Excursion:
    """Take in one more second with `bad` failures of `of`, where a share 0 < `tolerated` ≤ 1 is put up with.

    Bernoulli CUSUM (Reynolds & Stoumbos 1999, "A CUSUM chart for monitoring a proportion when inspecting
    continuously"): each failure adds ln(p₁/p₀), each success ln((1 − p₁)/(1 − p₀)), and the sum never falls below
    zero. p₀ and p₁ have half and twice the odds of `tolerated`, so that the sum drifts upwards where more fail than is
    tolerated, downwards where fewer do. A second's rows count together: their order within it is not known.
    """
    if not tolerated < 1:
        return Excursion()
    healthy, broken = (_with_odds(tolerated, factor) for factor in (1 / ODDS, ODDS))
    gain = bad * log(broken / healthy) + (of - bad) * log((1 - broken) / (1 - healthy))
    score = min(ALARM, before.score + gain)
    if score <= 0:
        return Excursion()
    return Excursion(score, before.bad + bad, before.of + of, before.seconds + 1)


def first_failure(before: Excursion, bad: int, of: int) -> Excursion:
    """Take in one more second where none is tolerated: one failure is all the evidence there needs to be."""
    score = ALARM if before.bad + bad else 0.0
    return Excursion(score, before.bad + bad, before.of + of, before.seconds + 1)


def _with_odds(share: float, factor: float) -> float:
    odds = factor * share / (1 - share)
    return odds / (1 + odds)


RISE_FACTOR = 2.0
"""Against another load: p95 has risen when it is above so many times that of the calmest step."""
SLOWER_WINDOWS = 3
"""Under the same load: so many windows, the last ones, are held against those before."""
SLOWER_BEFORE = 3
"""Windows that there must be before these."""
SLOWER_FACTOR = 1.3
"""p95 of the last windows together must be above so many times the median p95 of the windows before."""
SLOWER_EACH = 1.05
"""p95 of each of the last windows must be above so many times that median, so that no single one decides."""
SLOWER_MEAN = 1.25
"""The mean time over the last windows must be above so many times the mean before."""
SURE_P95 = 5.0
"""p95 must also have risen by so many standard errors of the mean: p95 of exponential times varies by 1.45 times as much as their
mean does."""
SURE_MEAN = 4.0
"""The mean must also have risen by so many of its standard errors."""
STRETCH = 10
"""Seconds whose rows are kept as one count and one sum, to tell how much times vary by chance."""
HIGHEST_PHI = 0.95
"""The correlation of neighbouring stretches is taken to be no more than this: at 1 the variance would be infinite."""

UNLOADED_FACTOR = 3.0
"""Against the unloaded service: the median has risen above three times the most that its baseline's may be. Queueing alone
makes it 2.5 times as long at a utilisation of 0.6 where a single worker takes exponential times, 1/(1 − ρ), and less with more
workers or steadier times."""


@dataclass(frozen=True)
class Rise:
    """p95 (against the unloaded service: the median) now, the level that it is held against, and the limit that follows; in
    seconds."""

    now: float
    before: float
    limit: float

    @property
    def exceeded(self) -> bool:
        """Whether it is above its limit."""
        return self.now > self.limit


def against_another_load(p95: float, calmest: float, floor: float) -> Rise:
    """One window's p95 against that of the calmest step, which has another load: more load may make it slower, but not
    twice as slow. A rise by less than `floor` seconds is none."""
    return Rise(p95, calmest, max(RISE_FACTOR * calmest, calmest + floor))


def against_unloaded(median: float, most: float, floor: float) -> Rise:
    """One window's median against the most that the median of the unloaded service may be. A baseline has too few rows for
    p95, and a median says that half of all jobs, or requests, are kept waiting."""
    return Rise(median, most, max(UNLOADED_FACTOR * most, most + floor))


Stretch = tuple[int, float]
"""The rows of 10 s, and the sum of their times in seconds."""


@dataclass(frozen=True)
class Usual:
    """What a hold was like: the `mean` time in seconds, and the standard error of a mean over one second, as a share of it; over
    n seconds it is 1/√n of that."""

    mean: float
    error: float

    def sure(self, seconds: float, before: float) -> float:
        """The standard error of the ratio of the means of so many seconds and of those before."""
        return self.error * sqrt(1 / seconds + 1 / before)


def usual_of(stretches: Sequence[Stretch]) -> Usual:
    """The mean, and how much a mean varies by chance, from stretches that came one after another.

    In a queue neighbours depend on each other: a busy spell makes all of its jobs wait. So the variance is that of a sum of
    autoregressive terms of first order, γ₀ (1 + φ) / (1 − φ), with φ corrected for its bias in short series (Kendall 1954).
    """
    rows, sums = np.array(stretches, dtype=np.float64).T
    mean = float(sums.sum() / rows.sum())
    off = (sums - mean * rows) / (mean * rows.mean())
    power = float(off @ off)
    if power == 0:
        return Usual(mean, 0.0)
    phi = float(off[1:] @ off[:-1]) / power
    phi = float(np.clip(phi + (1 + 3 * phi) / len(off), 0.0, HIGHEST_PHI))
    return Usual(mean, sqrt(STRETCH * power / (len(off) - 1) * (1 + phi) / (1 - phi)))


def against_the_same_load(
    p95s: Sequence[float], last: Array, seconds: float, stretches: Sequence[Stretch], floor: float
) -> Rise | None:
    """The last three windows of a hold against those before them, under the same load; None if they are too few.

    `p95s`: of the windows, oldest first; `last`: the rows of the last three, which took `seconds`; `stretches`: what came
    before those, as in `usual_of`. p95 says how slow it is, the mean how sure that is: three windows of 100 exponential times
    scatter by 6 % in their mean, but by 9 % in their p95, and by far more where jobs queue.
    """
    before, newest = p95s[:-SLOWER_WINDOWS], p95s[-SLOWER_WINDOWS:]
    if len(before) < SLOWER_BEFORE:
        return None
    p95, usual = float(np.median(before)), usual_of(stretches)
    error = usual.sure(seconds, STRETCH * len(stretches))
    limit = max(p95 * max(SLOWER_FACTOR, 1 + SURE_P95 * error), p95 + floor)
    slower = float(last.mean()) > usual.mean * max(SLOWER_MEAN, 1 + SURE_MEAN * error) and min(newest) > SLOWER_EACH * p95
    together = quantile(last, 0.95)
    return Rise(together if slower else min(together, limit), p95, limit)
