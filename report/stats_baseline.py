"""The level of a service that has nothing else to do, from the few values that one job at a time gives."""

from typing import NamedTuple

import numpy as np
from scipy.stats import binom

from .stats import Array

LEAST = 20
"""Fewer values are no level to hold others against."""
SURE = 0.95


class Unloaded(NamedTuple):
    """The median of `n` values; with 95 % confidence each it is no less than `low` and no more than `high`."""

    n: int
    median: float
    low: float
    high: float


def unloaded(values: Array) -> Unloaded | None:
    """The level of these values, None below 20 of them.

    The bounds are order statistics: of n values as many lie below the true median as heads come up in n tosses of a coin,
    however they are distributed (the interval of the sign test).
    """
    n = len(values)
    if n < LEAST:
        return None
    ordered, rank = np.sort(values), int(binom.ppf(SURE, n, 0.5))
    return Unloaded(n, float(np.median(ordered)), float(ordered[n - 1 - rank]), float(ordered[rank]))
