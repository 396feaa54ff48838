"""When jobs ended, though polling sees it late: arrays in, numbers out. Times in seconds.

A job ended in (after, before]: after the poll that last saw it open was sent, before the reply that first saw it done. Three
ways to a distribution, the best that the data carries: the service's own timestamps, if they fit between the polls; the
nonparametric maximum likelihood of what the polls leave open, for jobs that don't last much longer than a poll; else the
middle between the polls. A job that the end of the recording cut off took longer than it was watched, and no more is known.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .quantiles import Array

FITS = 0.99
"""The share of jobs whose timestamps must fit between what the client saw, all shifted by one offset, to be used at all."""
SLACK = 0.001
"""Seconds by which a timestamp may miss what the client saw: it may have been cut to whole milliseconds."""
GRID = 0.02
"""The width of the estimate's bins, in seconds."""
SHORT = 0.5
"""Where half of the jobs take longer than this share of the pause between polls, the middle between two polls is better: the
likelihood's estimate has spikes, the middle hardly any bias."""
LONGEST_GRID = 20_000
"""Bins at the most: beyond, they get wider."""
ROUNDS = 2000
"""Rounds of the estimate at the most."""
CLOSE = 1e-6
"""The estimate has converged when a round changes no probability of the distribution by this much."""


@dataclass(frozen=True)
class Offset:
    """`seconds` to add to the service's timestamps to bring them to the client's clock, within ± `error`; `fits`: the share
    of jobs whose timestamps then lie between what the client saw."""

    seconds: float
    error: float
    fits: float

    @property
    def valid(self) -> bool:
        """Whether the timestamps may be used."""
        return self.fits >= FITS


def clock_offset(created: Array, finished: Array, sent: Array, accepted: Array, after: Array, before: Array) -> Offset:
    """The constant offset of the service's clock that fits most jobs: with it, `created` lies between the submit's sending and
    its reply, and `finished` in (after, before]. A job that tells no times fits none. Arrays of equal length, one a job.
    """
    low = np.maximum(sent - created, after - finished) - SLACK
    high = np.minimum(accepted - created, before - finished) + SLACK
    usable = low <= high
    if not usable.any():
        return Offset(0.0, math.nan, 0.0)
    ends = np.concatenate([low[usable], high[usable]])
    steps = np.concatenate([np.ones(usable.sum()), -np.ones(usable.sum())])
    order = np.lexsort((-steps, ends))
    covered = np.cumsum(steps[order])
    best = int(np.argmax(covered))
    left, right = ends[order][best], ends[order][best + 1]
    return Offset(float(left + right) / 2, float(right - left) / 2, float(covered[best]) / len(created))


@dataclass(frozen=True)
class Weighted:
    """A distribution on known durations: sorted `times` (seconds; inf: never ended), each of which counts for `weights` of all.
    The weights add up to 1."""

    times: Array
    weights: Array
    n: int

    def quantile(self, p: float) -> float:
        """Quantile p, linear (type 7 where all weights are equal); inf if it falls among those that never ended."""
        places = self._places
        at = min(int(np.searchsorted(places, p * (1 - 1e-12), side="left")), len(places) - 1)
        if at == 0 or places[at] <= p or not np.isfinite(self.times[at]):
            return float(self.times[at])
        share = (p - places[at - 1]) / (places[at] - places[at - 1])
        return float(self.times[at - 1] + (self.times[at] - self.times[at - 1]) * share)

    @cached_property
    def _places(self) -> Array:
        """The probability whose quantile each time is."""
        places: Array = (np.cumsum(self.weights) - self.weights) * (self.n / max(1, self.n - 1))
        return places


def kaplan_meier(ended: Array, cut_off: Array) -> Weighted:
    """The distribution of durations, of which some `ended` (inf: it is known that they never did), and others were `cut_off`
    while they lasted: of these it is only known that they took longer. NaN in neither; there must be one at least.

    Kaplan and Meier's (1958) estimate: what was cut off counts as those that lasted as long and were watched for longer. What
    is left over beyond the longest never ended, as far as anyone knows.
    """
    times = np.concatenate([ended, cut_off])
    cut = np.arange(len(times)) >= len(ended)
    order = np.argsort(times, kind="stable")  # of equal times those that ended come first
    times, cut = times[order], cut[order]
    at_risk = np.arange(len(times), 0, -1, dtype=np.float64)
    alive = np.concatenate([[1.0], np.cumprod(np.where(cut, 1.0, 1 - 1 / at_risk))])
    weights = (alive[:-1] / at_risk)[~cut]
    times = times[~cut]
    if cut[-1]:
        times, weights = np.append(times, np.inf), np.append(weights, alive[-1])
    return Weighted(times, weights, len(cut))


@dataclass(frozen=True)
class Estimate:
    """A distribution on a grid: `share` of the jobs had ended by each of `times` (seconds, rising from 0)."""

    times: Array
    share: Array

    def quantile(self, p: float) -> float:
        """The time within which a share p of the jobs ended, linear within a bin; inf if so many never did."""
        if self.share[-1] < p:
            return math.inf
        at = int(np.searchsorted(self.share, p, side="left"))
        if at == 0:
            return float(self.times[0])
        rise = self.share[at] - self.share[at - 1]
        return float(self.times[at - 1] + (self.times[at] - self.times[at - 1]) * (p - self.share[at - 1]) / rise)

    @property
    def mean(self) -> float:
        """The mean of the jobs that ended."""
        return float(np.diff(self.share) @ (self.times[1:] + self.times[:-1]) / 2 / (self.share[-1] - self.share[0]))


def turnbull(after: Array, before: Array) -> Estimate:
    """The distribution of durations of which only (after, before] is known; `before` is inf for a job never seen done.

    Turnbull's (1976) self-consistent estimate by expectation and maximisation, on a grid of 20 ms. For durations seen at
    random moments it is consistent, where the times of the polls themselves read too long.
    """
    seen = before[np.isfinite(before)]
    longest = float(max(seen.max(initial=0.0), after.max(initial=0.0))) + GRID
    width = max(GRID, longest / LONGEST_GRID)
    bins = int(np.ceil(longest / width))
    first = np.clip((after / width).astype(np.int64), 0, bins - 1)
    last = np.where(np.isfinite(before), np.minimum(before, longest) / width, bins).astype(np.int64)
    pairs, counts = np.unique(first * (bins + 2) + np.maximum(first, last), return_counts=True)
    first, last = np.divmod(pairs, bins + 2)
    mass = _maximise(first, last, counts / counts.sum(), bins + 1)
    return Estimate(np.arange(bins + 1, dtype=np.float64) * width, np.concatenate([[0.0], np.cumsum(mass)[:bins]]))


def _maximise(first: NDArray[np.int64], last: NDArray[np.int64], weights: Array, bins: int) -> Array:
    """The probability of each bin, given how often (weights) values were seen to lie in bins first … last."""
    mass = np.full(bins, 1 / bins)
    for _ in range(ROUNDS):
        total = np.concatenate([[0.0], np.cumsum(mass)])
        scale = weights / np.maximum(total[last + 1] - total[first], 1e-300)
        spread = np.bincount(first, scale, bins + 1) - np.bincount(last + 1, scale, bins + 1)
        better = mass * np.cumsum(spread)[:bins]
        better /= better.sum()
        moved = float(np.abs(np.cumsum(better - mass)).max())
        mass = better
        if moved < CLOSE:
            break
    return mass
