"""Quantiles and other statistics of one sample, batch means, counts over time. Arrays in, numbers out; times in seconds.

Quantiles are linear: type 7 of Hyndman and Fan (1996), as numpy, R and Excel have them.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PERCENTILES = (0.50, 0.90, 0.95, 0.99, 0.999, 0.9999)
"""Those that documents print, as far as a sample carries them."""
INCREASE_TAKES = 10
"""Values that an increase is computed from at the least: fewer have no first and no last tenth."""
TAIL = 10
"""A percentile p is printed only where at least so many of the n samples lie above it: n·(1 − p) ≥ 10."""

BATCHES = 10
"""Parts that a series is cut into to see how much its mean varies (batch means, Schmeiser 1982)."""
T_95_9 = 2.262
"""Student's t for a two-sided 95 % interval from ten parts, so with 9 degrees of freedom."""


def quantile(values: Array, p: float) -> float:
    """The linear quantile (Hyndman & Fan 1996, type 7) of `values`, 0 ≤ p ≤ 1; NaN for no values. inf where it falls among values
    that are, as jobs never seen done are."""
    if not len(values):
        return math.nan
    with np.errstate(invalid="ignore"):
        found = float(np.quantile(values, p))
    # Next to inf numpy has inf − inf, or 0 · inf, to add; what it would have added it to is the answer.
    return float(np.quantile(values, p, method="higher")) if np.isnan(found) else found


def carries(n: int, p: float) -> bool:
    """Whether n samples are enough to print percentile p (p50 needs 20, p95 200, p99 1,000)."""
    return n * (1 - p) >= TAIL - 1e-9


def quantiles(values: Array, ps: tuple[float, ...] = PERCENTILES) -> dict[float, float | None]:
    """Each percentile of `ps`, None where the sample doesn't carry it."""
    carried = [p for p in ps if carries(len(values), p)]
    found = dict(zip(carried, map(float, np.quantile(values, carried)), strict=True)) if carried else {}
    return {p: found.get(p) for p in ps}


def increase(values: Array) -> float:
    """By how much a series in order of time increased: the median of its last tenth minus that of its first; NaN below
    ten values."""
    tenth = len(values) // INCREASE_TAKES
    return float(np.median(values[-tenth:]) - np.median(values[:tenth])) if tenth else math.nan


def statistic(metric: str, values: Array) -> float:
    """A time metric (p50 … p99.99, mean, min, max, std, max_over_mean) of durations in seconds; NaN for none.

    Quantiles are linear (type 7); `std` is the sample's (n − 1).
    """
    values = values[~np.isnan(values)]
    if not len(values):
        return math.nan
    if metric[0] == "p":
        return quantile(values, float(metric[1:]) / 100)
    simple: dict[str, Callable[[Array], Any]] = {
        "mean": np.mean,
        "min": np.min,
        "max": np.max,
        "std": lambda some: np.std(some, ddof=1) if len(some) > 1 else math.nan,
        "max_over_mean": lambda some: np.max(some) / np.mean(some) if np.mean(some) > 0 else math.nan,
    }
    return float(simple[metric](values))


def batch_interval(values: Array) -> tuple[float, float]:
    """Mean and 95 % half-width of a steady series, by batch means: 10 batches, Student's t with 9 degrees of freedom
    (Schmeiser 1982). Neighbouring seconds depend on each other; batches hardly do. NaN for fewer than 10 values."""
    if len(values) < BATCHES:
        return math.nan, math.nan
    means = np.array([part.mean() for part in np.array_split(values, BATCHES)])
    return float(means.mean()), T_95_9 * float(means.std(ddof=1)) / float(np.sqrt(BATCHES))


def count_until(times: Array, moments: Array | float) -> NDArray[np.int64]:
    """How many of the sorted `times` are ≤ each moment."""
    return np.searchsorted(times, moments, side="right")


def in_flight(arrived: Array, ended: Array, moments: Array | float) -> NDArray[np.int64]:
    """Jobs in flight at each moment, from the sorted times at which jobs arrived and ended (any shape)."""
    return count_until(arrived, moments) - count_until(ended, moments)


def ranks_of(values: Array) -> Array:
    """The rank of each value, from 1; equal values share the mean of theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Array = (np.cumsum(counts) - (counts - 1) / 2)[which]
    return ranks
