"""Are two sides different, and by how much? Runs against runs, or the time sections of one run against those of another.

Everything is a ratio, B to A, found on logarithms: times vary in proportion. Runs are independent of each
other; the samples inside one are not, so a run counts once.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.stats import fisher_exact, nct, t

from .quantiles import Array
from .ratios import Side, welch
from .trend import holm

ALPHA = 0.05
"""The chance of a difference being found anywhere in a family of metrics of equal sides."""
MATTERS = 0.05
"""A change smaller than this share is none."""
POWER = 0.8
"""The chance with which a change of the size that `detectable` names is found."""

Verdict = Literal["regression", "improvement", "equivalent", "inconclusive"]


@dataclass(frozen=True)
class Difference:
    """`ratio` of B to A, its interval (`low`, `high`), `p` of no difference, and the verdict on it."""

    ratio: float
    low: float
    high: float
    p: float
    verdict: Verdict


def runs(values: Array) -> Side:
    """A side of several runs, one value each: their geometric mean stands for them."""
    return Side(float(np.exp(np.log(values).mean())), values)


def compare(pairs: Sequence[tuple[Side, Side]], lower_is_better: Sequence[bool]) -> list[Difference]:
    """B against A for each of a family of metrics, in which at most 1 of 20 comparisons of equals finds a difference.

    Welch's (1947) test of the logarithms, Holm's (1979) correction; each interval is at the level that the correction
    leaves its metric, so that it leaves 1 out exactly if the corrected p is below 0.05. A difference counts from 5 %.
    """
    ps = [welch(a, b, 1 - ALPHA)[3] for a, b in pairs]
    differences = []
    for (a, b), p, corrected, lower in zip(pairs, ps, holm(ps), lower_is_better, strict=True):
        level = ALPHA * p / corrected if corrected > 0 else ALPHA / len(pairs)
        ratio, low, high, _ = welch(a, b, 1 - level)
        differences.append(Difference(ratio, low, high, corrected, _verdict(ratio, low, high, corrected, lower)))
    return differences


def detectable(a: int, b: int, spread: float) -> float:
    """The smallest change (a share) found in 4 of 5 comparisons of a with b runs whose logarithms vary by `spread` (standard
    deviation): 3.07, 2.02 and 1.33 times that for 3, 5 and 10 a side. Inf where a side has a single run."""
    freedom = a + b - 2
    if min(a, b) < 2:
        return math.inf
    critical = float(t.ppf(1 - ALPHA / 2, freedom))
    shift = brentq(lambda d: float(nct.sf(critical, freedom, d)) - POWER, 0.1, 50.0)
    return float(np.exp(shift * np.sqrt(1 / a + 1 / b) * spread) - 1)


def run_spread(sides: Sequence[Side]) -> float:
    """The standard deviation of the logarithm of a run's value, pooled over both sides; NaN for single runs."""
    some = [np.log(side.parts) for side in sides if len(side.parts) > 1]
    freedom = sum(len(log) - 1 for log in some)
    return float(np.sqrt(sum(log.var(ddof=1) * (len(log) - 1) for log in some) / freedom)) if freedom else math.nan


def _verdict(ratio: float, low: float, high: float, p: float, lower_is_better: bool) -> Verdict:
    if p < ALPHA and abs(ratio - 1) >= MATTERS:
        return "regression" if (ratio > 1) == lower_is_better else "improvement"
    return "equivalent" if low >= 1 - MATTERS and high <= 1 + MATTERS else "inconclusive"


def same_share(bad: tuple[int, int], of: tuple[int, int]) -> float:
    """p of no difference: Fisher's exact test of how many of how many went bad on each side."""
    table = np.array([[n, total - n] for n, total in zip(bad, of, strict=True)])
    return float(fisher_exact(table).pvalue)
