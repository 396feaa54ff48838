"""The level of a service that has nothing else to do, from the few values that one job at a time gives."""

from typing import NamedTuple

import numpy as np
from scipy.special import bdtr

from .quantiles import Array

LEAST = 20
"""Fewer values are no level to hold others against."""
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
