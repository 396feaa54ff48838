"""Waiting and processing times of jobs whose service tells no timestamps, from the states that polling saw: arrays in,
numbers out. Times in seconds, each counted from the moment the job was accepted.

A job began in (waiting, begun]: after the last poll that saw it waiting was sent, before the reply that first saw it running or
done. It ended in (unfinished, done] alike. Both times of a job are interval-censored, so that its processing time is doubly so
(De Gruttola and Lagakos 1989). The distributions of both are found together by maximum likelihood, by expectation and
maximisation on a grid, smoothed after each round (Silverman, Jones, Wilson and Nychka 1990), since the bare likelihood prefers
spikes. It is taken that how long a job is processed does not depend on how long it waited.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .censoring import Estimate
from .intervals import Interval
from .quantiles import Array

BINS = 250
"""Bins that the longest wait, and the longest processing time, are cut into."""
ROUNDS = 200
"""Rounds of the estimate at the most."""
AGAIN = 40
"""Rounds at the most for an estimate that begins from one of nearly the same jobs."""
CLOSE = 1e-5
"""The change of a distribution in one round below which it has converged."""
GROUPS = 10
"""Parts of the time, each left out once to see how sure an estimate is."""
STUDENT = 2.262
"""Student's t at 97.5 % for one part fewer."""
LEAST = 200
"""Jobs that an estimate takes."""
FINE = 50
"""Parts of the pause between two polls that moments are rounded to, so that many jobs look alike and are counted as one."""
RESOLVED = 0.5
"""Two quantiles that lie nearer to each other than this share of the pause between two polls can't be told apart."""
ALIKE = 0.02
"""A difference of this share of a quantile does not matter, whether it can be resolved or not."""
BLUR = 0.02
"""The share of the pause between two polls that smoothing and rounding may move a quantile by, on either side."""
WIDEST = {0.5: 0.20, 0.95: 0.30}
"""The widest interval, as a share of the quantile on either side, with which each quantile is still told."""


@dataclass(frozen=True)
class Polled:
    """What polling saw of each job, in the order in which they were due: four arrays of one length, in seconds since the job was
    accepted. `waiting`: when the last poll that saw it waiting was sent (0: none did); `begun`: the reply that first saw it
    running or done; `unfinished`: when the last poll that saw it not done was sent (0: none did); `done`: the reply that
    first saw it done. `pause`: seconds between two polls."""

    waiting: Array
    begun: Array
    unfinished: Array
    done: Array
    pause: float


@dataclass(frozen=True)
class PolledTime:
    """One time of the jobs: the mean in seconds, and by probability the quantiles that the polls carry, with their 95 %
    intervals. A quantile that the polls don't carry is left out."""

    mean: float
    quantiles: dict[float, Interval]


@dataclass(frozen=True)
class Phases:
    """How long jobs waited and how long they were processed, of `jobs`."""

    jobs: int
    waiting: PolledTime
    processing: PolledTime


@dataclass(frozen=True)
class _Grid:
    """The pairs (job, bin of its waiting time) that are possible, and the bins of processing time that go with each."""

    job: NDArray[np.int64]
    wait: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    jobs: int
    wait_width: float
    work_width: float
    wait_bins: int
    work_bins: int


@dataclass(frozen=True)
class _Mass:
    """The probability of each bin; bin 0 of `wait` holds the jobs that did not wait at all."""

    wait: Array
    work: Array


def phases_of(seen: Polled) -> Phases | None:
    """The times of these jobs; None where they are too few, or where none was ever seen running."""
    jobs = len(seen.done)
    if jobs < LEAST or not (seen.unfinished > seen.waiting).any():
        return None
    distinct, counts = _alike(seen)
    grid, together = _grid(distinct), counts.sum(axis=0)
    whole = _maximise(grid, together, _flat(grid), ROUNDS)
    parts = [_maximise(grid, together - group, whole, AGAIN) for group in counts]
    told = {name: _told(grid, name, whole, parts, seen.pause) for name in ("wait", "work")}
    return Phases(jobs, told["wait"], told["work"])


def _alike(seen: Polled) -> tuple[Polled, Array]:
    """The jobs that differ, and how often each of them occurs in each part of the time: (parts, jobs that differ)."""
    jobs, fine = len(seen.done), seen.pause / FINE
    rounded = np.round(np.column_stack([seen.waiting, seen.begun, seen.unfinished, seen.done]) / fine)
    rounded[:, [0, 2]] = np.where(np.column_stack([seen.waiting, seen.unfinished]) > 0, np.maximum(rounded[:, [0, 2]], 1), 0)
    kinds, which = np.unique(rounded, axis=0, return_inverse=True)
    group = np.arange(jobs) * GROUPS // jobs
    counts = np.bincount(group * len(kinds) + which.ravel(), minlength=GROUPS * len(kinds)).reshape(GROUPS, len(kinds))
    waiting, begun, unfinished, done = (kinds * fine).T
    return Polled(waiting, begun, unfinished, done, seen.pause), counts.astype(np.float64)


def _told(grid: _Grid, name: str, whole: _Mass, parts: Sequence[_Mass], pause: float) -> PolledTime:
    estimates = [_estimate(grid, name, mass) for mass in (whole, *parts)]
    best, median = estimates[0], estimates[0].quantile(0.5)
    quantiles = {}
    for p, widest in WIDEST.items():
        value = best.quantile(p)
        interval = _jackknife(value, [part.quantile(p) for part in estimates[1:]], BLUR * pause)
        apart = value - median
        near = p > 0.5 and apart < RESOLVED * pause
        if interval.high - value <= widest * value and not (near and apart > ALIKE * value):
            quantiles[p] = Interval(value, min(interval.low, median), interval.high) if near else interval
    return PolledTime(best.mean, quantiles)


def _jackknife(value: float, parts: Sequence[float], blur: float) -> Interval:
    """The interval of an estimate from those that leave out one part of the time each (Tukey 1958), and `blur` more."""
    spread = np.array(parts) - np.mean(parts)
    half = STUDENT * float(np.sqrt((GROUPS - 1) / GROUPS * (spread @ spread))) + blur
    return Interval(value, max(0.0, value - half), value + half)


def _estimate(grid: _Grid, name: str, mass: _Mass) -> Estimate:
    if name == "work":
        return Estimate(
            np.arange(grid.work_bins + 1, dtype=np.float64) * grid.work_width, np.concatenate([[0.0], np.cumsum(mass.work)])
        )
    return Estimate(np.arange(grid.wait_bins, dtype=np.float64) * grid.wait_width, np.cumsum(mass.wait))


def _grid(seen: Polled) -> _Grid:
    longest_wait, longest_work = float(seen.begun.max()), float((seen.done - seen.waiting).max())
    wait, work = longest_wait / BINS, longest_work / BINS
    wait_bins, work_bins = BINS + 2, BINS + 1
    low = np.where(seen.waiting <= 0, 0, np.floor(seen.waiting / wait).astype(np.int64) + 1)
    high = np.minimum(np.floor(seen.begun / wait).astype(np.int64) + 1, wait_bins - 1)
    each = high - low + 1
    job = np.repeat(np.arange(len(low)), each)
    bins = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each) + low[job]
    waited = np.where(bins == 0, 0.0, (bins - 0.5) * wait)
    first = np.clip(np.round((seen.unfinished[job] - waited) / work).astype(np.int64), 0, work_bins - 1)
    last = np.clip(np.round((seen.done[job] - waited) / work).astype(np.int64) - 1, first, work_bins - 1)
    return _Grid(job, bins, first, last, len(low), wait, work, wait_bins, work_bins)


def _flat(grid: _Grid) -> _Mass:
    return _Mass(np.full(grid.wait_bins, 1 / grid.wait_bins), np.full(grid.work_bins, 1 / grid.work_bins))


def _maximise(grid: _Grid, weights: Array, start: _Mass, rounds: int) -> _Mass:
    """The distributions that make what was seen of the jobs (each counted `weights` times) most likely, smoothed."""
    mass = start
    for _ in range(rounds):
        better = _better(grid, mass, weights)
        moved = max(float(np.abs(np.cumsum(a - b)).max()) for a, b in ((better.wait, mass.wait), (better.work, mass.work)))
        mass = better
        if moved < CLOSE:
            break
    return mass


def _better(grid: _Grid, mass: _Mass, weights: Array) -> _Mass:
    total = np.concatenate([[0.0], np.cumsum(mass.work)])
    pair = mass.wait[grid.wait] * (total[grid.last + 1] - total[grid.first])
    scale = (weights / np.maximum(np.bincount(grid.job, pair, grid.jobs), 1e-300))[grid.job]
    wait = np.bincount(grid.wait, pair * scale, grid.wait_bins)
    share = mass.wait[grid.wait] * scale
    ends = np.bincount(grid.first, share, grid.work_bins + 1) - np.bincount(grid.last + 1, share, grid.work_bins + 1)
    work = _smooth(mass.work * np.cumsum(ends)[: grid.work_bins])
    waited = np.concatenate([wait[:1], _smooth(wait[1:].astype(np.float64))])
    return _Mass(waited / waited.sum(), work / work.sum())


def _smooth(mass: Array) -> Array:
    """Each bin with half of its own mass and a quarter of each neighbour's; the mass stays what it was."""
    wide = np.pad(mass, 1, mode="edge")
    smooth: Array = (wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4
    smooth *= float(mass.sum()) / max(float(smooth.sum()), 1e-300)
    return smooth
