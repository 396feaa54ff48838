"""How sure a rate or a quantile of one run is. Values of a run depend on each other, so the unit is a time section of it, never
the single value: intervals from single values covered the truth in 12 to 57 of 100 runs where 95 were claimed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from .quantiles import BATCHES, T_95_9, Array, batch_interval

WIDE = 0.05
"""A rate whose half-width is more than this share of it asks for a longer hold."""
WANTED = 0.03
"""The half-width, as a share of the rate, that a longer hold is proposed to reach."""
Z_95 = 1.96
"""The normal quantile of a two-sided 95 % interval."""
LEAST_EFFECTIVE = 100
"""Independent values that the interval of a quantile takes: with fewer it covers the truth too seldom (measured: 82 to 96 of 100
times where there are so many, down to 6 where there aren't)."""
TAIL_EFFECTIVE = 15
"""Of these, so many must lie above the quantile."""
MEMORY = 5
"""Autocorrelations are summed up to this multiple of the autocorrelation time that they add up to (Sokal 1997)."""
ENOUGH = 65536
"""Values that the autocorrelation is computed from at the most, for speed; a power of two."""


@dataclass(frozen=True)
class Interval:
    """An estimate and its 95 % interval; `low` and `high` are NaN where the data carries none."""

    value: float
    low: float
    high: float

    @property
    def half(self) -> float:
        """Half-width divided by the value."""
        return (self.high - self.low) / 2 / self.value if self.value else math.nan

    def about(self, value: float) -> "Interval":
        """The same width about another value."""
        half = (self.high - self.low) / 2
        return Interval(value, max(0.0, value - half), value + half)

    def times(self, share: float) -> "Interval":
        """The estimate and its interval, multiplied."""
        return Interval(share * self.value, share * self.low, share * self.high)

    @property
    def known(self) -> bool:
        """Whether there is an interval at all."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))


def rate_interval(times: Array, start: float, end: float) -> Interval:
    """Events per second in [start, end) with the interval of 10 batch means (Schmeiser 1982); `times` sorted."""
    edges = np.linspace(start, end, BATCHES + 1)
    rates = np.diff(np.searchsorted(times, edges)) * BATCHES / (end - start)
    value, half = batch_interval(rates.astype(np.float64))
    return Interval(value, max(0.0, value - half), value + half)


def share_interval(bad: int, of: int) -> Interval:
    """The share that `bad` of `of` are, with Clopper and Pearson's (1934) exact interval; NaN of none. It holds where one going
    bad says nothing of the next: of failures that come in bursts less is known."""
    if not of:
        return Interval(math.nan, math.nan, math.nan)
    low = float(betaincinv(bad, of - bad + 1, 0.025)) if bad else 0.0
    high = float(betaincinv(bad + 1, of - bad, 0.975)) if bad < of else 1.0
    return Interval(bad / of, low, high)


def completions_needed(variation: float, half: float = WANTED) -> int:
    """Completions that a rate needs to be known to ± `half` (a share), if processing times have this coefficient of variation
    and the service never idles: (1.96·cv/half)², by the central limit theorem of a renewal process."""
    return int((Z_95 * variation / half) ** 2)


def completions_for(interval: Interval, completions: int, half: float = WANTED) -> int:
    """The same by the interval that `completions` gave: widths shrink with the root of the number."""
    return int(np.ceil(completions * (interval.half / half) ** 2))


def sections_of(times: Array, start: float, end: float) -> NDArray[np.int64]:
    """The time section (0 … 9) of [start, end) in which each moment lies."""
    return np.clip(((times - start) / (end - start) * BATCHES).astype(np.int64), 0, BATCHES - 1)


class Held(NamedTuple):
    """Values of one steady stretch of time, in the order of their times, and the section of it in which each lies."""

    values: Array
    sections: NDArray[np.int64]


def quantile_intervals(held: Sequence[Held], ps: Sequence[float]) -> dict[float, Interval]:
    """Quantiles of all values with 95 % intervals by sectioning: the quantiles of 10 time sections (the first tenth of every
    stretch together, the second, …), their spread about that of all, Student's t with 9 degrees of freedom (Asmussen and
    Glynn 2007, III.5). Approximate, and about this run alone.

    No interval where too few of the values are independent: at least 100, and 15 of them above the quantile.
    """
    if not held or not sum(len(part.values) for part in held):
        return {}
    effective = sum(effective_size(part.values) for part in held)
    values = np.concatenate([part.values for part in held])
    sections = np.concatenate([part.sections for part in held])
    parts = [values[sections == number] for number in range(BATCHES)]
    carried = [p for p in ps if effective >= LEAST_EFFECTIVE and effective * (1 - p) >= TAIL_EFFECTIVE and all(map(len, parts))]
    wholes = np.quantile(values, ps)
    found = {p: Interval(float(whole), math.nan, math.nan) for p, whole in zip(ps, wholes, strict=True)}
    apart = np.array([np.quantile(part, carried) for part in parts]) if carried else np.empty((BATCHES, 0))
    for p, column in zip(carried, apart.T, strict=True):
        away = column - found[p].value
        half = T_95_9 * float(np.sqrt(away @ away / (BATCHES - 1) / BATCHES))
        found[p] = Interval(found[p].value, max(0.0, found[p].value - half), found[p].value + half)
    return found


def effective_size(values: Array) -> float:
    """How many independent values tell as much as these (in order of time): n divided by the autocorrelation time of their
    ranks, summed up to the first lag beyond five times itself (Sokal 1997). Of many values the first 65,536 tell it."""
    some = values[:ENOUGH]
    n = len(some)
    if n < 4 or not np.any(some != some[0]):
        return float(len(values))
    ranks = np.empty(n)
    ranks[np.argsort(some, kind="stable")] = np.arange(n) - (n - 1) / 2
    spectrum = np.abs(np.fft.rfft(ranks, 2 * n)) ** 2
    correlation = np.fft.irfft(spectrum)[:n]
    times = 2 * np.cumsum(correlation / correlation[0]) - 1
    beyond = np.arange(n) >= MEMORY * times
    at = int(np.argmax(beyond)) if beyond.any() else n - 1
    return float(len(values) / max(1.0, times[at]))
