"""What repeats of one scenario tell together: the unit is a whole run, since samples inside one depend on each other.

Rates and times vary in proportion, so intervals and ratios are found on logarithms. Two runs give no interval: with one degree of
freedom it would be wider than any use. Ratios of two scenarios are paired by repeat, which takes out what drifts over a suite.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from .intervals import Interval
from .quantiles import Array
from .trend import holm

LEAST = 3
"""Repeats that an interval takes at the least."""
APART, CLOSER = 1.5, 4.0
"""Repeats fall into two groups where a gap between neighbours is so many times, and its logarithm so many times as wide as
either group."""
SHUFFLES, DRIFT_ALPHA = 2000, 0.01
"""Random orders that a drift is held against, and how seldom one of equal runs may look like one."""
MATTERS, ALPHA = 0.05, 0.05
"""A difference of a smaller share is none; chance may tell equals apart in so many of a family's comparisons."""
NAN = float("nan")


@dataclass(frozen=True)
class Spread:
    """Values of `n` repeats: `mean` with its 95 % interval, the extremes, and the standard deviation (NaN of one)."""

    n: int
    mean: Interval
    least: float
    most: float
    std: float


def spread(values: Array) -> Spread:
    """Student's t over whole runs; the interval is NaN for fewer than three."""
    n = len(values)
    if not n:
        return Spread(0, Interval(NAN, NAN, NAN), NAN, NAN, NAN)
    mean, std = float(values.mean()), float(values.std(ddof=1)) if n > 1 else NAN
    half = float(stdtrit(n - 1, 0.975)) * std / n**0.5 if n >= LEAST else NAN
    return Spread(n, Interval(mean, mean - half, mean + half), float(values.min()), float(values.max()), std)


def paired(a: Array, b: Array) -> tuple[Interval, float]:
    """The ratio of b to a with its 95 % interval, and p of no difference: Student's t of the logarithms of each pair. All
    values above zero; NaN interval and p for fewer than three pairs."""
    logs = np.log(b) - np.log(a)
    n = len(logs)
    if not n:
        return Interval(NAN, NAN, NAN), NAN
    centre = float(logs.mean())
    if n < LEAST:
        return Interval(float(np.exp(centre)), NAN, NAN), NAN
    error = float(logs.std(ddof=1)) / n**0.5
    half = float(stdtrit(n - 1, 0.975)) * error
    if error < 1e-12:
        return Interval(*3 * (float(np.exp(centre)),)), 1.0 if abs(centre) < 1e-9 else 0.0
    p = float(2 * stdtr(n - 1, -abs(centre) / error))
    return Interval(float(np.exp(centre)), float(np.exp(centre - half)), float(np.exp(centre + half))), p


@dataclass(frozen=True)
class Against:
    """One candidate against the best of its group: the ratio of its value to the best's, and whether they can be told apart."""

    name: str
    ratio: Interval
    apart: bool


@dataclass(frozen=True)
class Best:
    """The best of a group by its geometric mean, and the others against it, the next best first. `pairs`: repeats that the
    closest comparison rests on."""

    name: str
    others: tuple[Against, ...]
    pairs: int

    @property
    def alike(self) -> tuple[str, ...]:
        """Those that can't be told from the best."""
        return tuple(other.name for other in self.others if not other.apart)


Repeats = dict[int, float]
"""A value (above zero) for each repeat that has one."""


def best_of(groups: Sequence[dict[str, Repeats]], more_is_better: bool) -> list[Best]:
    """The best of each group of two or more candidates. Holm's correction is over all comparisons of all groups; a difference
    counts from 5 %."""
    found, ps = [], []
    for group in groups:
        names = sorted(group, key=lambda name: float(np.mean(np.log(list(group[name].values())))), reverse=more_is_better)
        pairs = [_matched(group[names[0]], group[name]) for name in names[1:]]
        results = [paired(*pair) for pair in pairs]
        found.append((names, results, min(len(pair[0]) for pair in pairs)))
        ps += [p for _, p in results]
    known = [p for p in ps if not np.isnan(p)]
    corrected = iter(holm(known)) if known else iter(())
    bests = []
    for names, results, fewest in found:
        others = []
        for name, (ratio, p) in zip(names[1:], results, strict=True):
            small = next(corrected) < ALPHA if not np.isnan(p) else False
            others.append(Against(name, ratio, small and abs(ratio.value - 1) >= MATTERS))
        bests.append(Best(names[0], tuple(others), fewest))
    return bests


def _matched(a: Repeats, b: Repeats) -> tuple[Array, Array]:
    both = sorted(a.keys() & b.keys())
    return np.array([a[k] for k in both]), np.array([b[k] for k in both])


def two_groups(values: Array) -> tuple[Array, Array] | None:
    """The lower and the upper values where they clearly fall into two groups, so that their mean describes neither; else None."""
    if len(values) < LEAST or np.any(values <= 0):
        return None
    ordered = np.sort(values)
    logs = np.log(ordered)
    gaps = np.diff(logs)
    at = int(np.argmax(gaps)) + 1
    widest = max(float(np.ptp(logs[:at])), float(np.ptp(logs[at:])))
    return (ordered[:at], ordered[at:]) if gaps[at - 1] >= max(np.log(APART), CLOSER * widest) else None


def drift(cells: Sequence[tuple[Array, Array]]) -> tuple[float, float]:
    """How values change from the first to the last of a suite's runs: (ratio of last to first, p of no drift).

    `cells`: of each scenario its values and the moments at which they were measured. Each value is held against the mean of its
    own scenario, and a straight line fitted through all of them; p from shuffling the values inside each scenario (a permutation
    test, Fisher 1935), from a fixed seed. NaN where fewer than two scenarios have two repeats.
    """
    some = [(np.log(values), times) for values, times in cells if len(values) > 1 and np.all(values > 0)]
    if len(some) < 2:
        return NAN, NAN
    spans = [float(times.min()) for _, times in some], [float(times.max()) for _, times in some]
    length = max(spans[1]) - min(spans[0])
    centred = [times - times.mean() for _, times in some]
    weight = sum(float(x @ x) for x in centred)
    if not length or not weight:
        return NAN, NAN
    seen = sum(float((logs - logs.mean()) @ x) for (logs, _), x in zip(some, centred, strict=True))
    rng = np.random.default_rng(1)
    shuffled = sum(rng.permuted(np.tile(logs - logs.mean(), (SHUFFLES, 1)), axis=1) @ x
                   for (logs, _), x in zip(some, centred, strict=True))  # fmt: skip
    p = (1 + int(np.sum(np.abs(shuffled) >= abs(seen) - 1e-12))) / (SHUFFLES + 1)
    return float(np.exp(seen / weight * length)), float(p)
