"""By how much two sides differ: the ratio of their means, found on logarithms, since times vary in proportion."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from .quantiles import Array

SECTIONS = 10
"""Equal parts in time that one run is cut into, where there is no second run to show how much a value varies."""


@dataclass(frozen=True)
class Side:
    """One side's measurements of a metric: `value` stands for them all, and `parts` (runs, or sections of one run) say how
    much it varies. All above zero."""

    value: float
    parts: Array


def welch(a: Side, b: Side, confidence: float) -> tuple[float, float, float, float]:
    """(ratio of b to a, low, high, p) by Welch's t on logarithms; NaN interval and p where a side has a single part."""
    logs = [np.log(side.parts) for side in (a, b)]
    change = float(np.log(b.value) - np.log(a.value))
    if min(map(len, logs)) < 2:
        return float(np.exp(change)), math.nan, math.nan, math.nan
    errors = np.array([log.var(ddof=1) / len(log) for log in logs])
    if errors.sum() < 1e-18:
        return float(np.exp(change)), float(np.exp(change)), float(np.exp(change)), 1.0 if abs(change) < 1e-9 else 0.0
    error = float(np.sqrt(errors.sum()))
    freedom = float(errors.sum() ** 2 / (errors**2 / [len(log) - 1 for log in logs]).sum())
    width = float(stdtrit(freedom, (1 + confidence) / 2)) * error
    p = float(2 * stdtr(freedom, -abs(change) / error))
    return float(np.exp(change)), float(np.exp(change - width)), float(np.exp(change + width)), p
