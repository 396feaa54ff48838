"""Does a metric creep upwards under steady load? Arrays in, verdicts out; times in seconds, values in their own unit.

A leak is called where a rank test that allows for the dependence of neighbours finds a trend, the trend is large
enough to matter, and it goes on in the second half. A warm-up levels off; waves and sawteeth come back down. None is called
where the interval of the slope rules out growth that matters; what lies between is inconclusive.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri

from .quantiles import Array, ranks_of

DROP = 1 / 3
"""The first part of a series, which isn't judged: caches fill, pools grow."""
BLOCKS = 30
"""Equal parts of the judged time, whose medians the trend is computed from."""
ALPHA = 0.01
"""The chance of a false alarm in any series of a run."""
GROWTH = 0.02
"""A series must grow by this share of its median, unless told another amount."""
PERSISTENCE = 0.5
"""The second half must still rise with this share of the first half's slope: a warm-up levels off."""
WAVES = 0.6
"""Large falls that are this share of all the way down make a series one of waves."""
PERIODS = 5
"""Fewer rises and falls than this can't be told from a trend."""
SAMPLES = 5 * BLOCKS
"""The least samples in the judged part."""

Verdict = Literal["leak", "none", "inconclusive"]
Reason = Literal["", "too few samples", "too few periods", "too uncertain", "too little", "slowing", "chance"]
"""Why a series is inconclusive: it holds too little; its slope is known too badly to rule out growth that matters; or it
surely grew (the interval lies above 0), but by less than matters, less and less, or not beyond chance in so many series."""


@dataclass(frozen=True)
class Trend:
    """What became of one series.

    `start`, `end`: the judged part, in seconds. `median`: of the judged part; `now`: where the line ends. `slope`: per
    second (Theil-Sen), `low` and `high` its 95 % interval. `p`: of no trend, after Holm's correction. `growth`: over
    the judged part. `falls`: how often the series came down by half of its range. NaN where nothing can be computed.
    """

    start: float
    end: float
    median: float
    now: float
    slope: float
    low: float
    high: float
    p: float
    growth: float
    falls: int
    verdict: Verdict
    reason: Reason = ""


@dataclass(frozen=True)
class TimeSeries:
    """One metric: sorted `times`, `values`, and the growth over the judged part below which it isn't worth a word
    (None: a share of its median)."""

    times: Array
    values: Array
    matters: float | None = None


def judge(series: Sequence[TimeSeries], start: float, end: float) -> list[Trend]:
    """The trend of each of a family of series held under steady load in [start, end), which should be two hours or more.

    The p-values are corrected for the size of the family (Holm 1979), so that all of it together raises a false alarm in
    at most 1 of 100 runs.
    """
    measured = [_measure(one, start, end) for one in series]
    return [_conclude(one, p) for one, p in zip(measured, holm([one.p for one in measured]), strict=True)]


def holm(ps: Sequence[float]) -> list[float]:
    """p-values corrected for how many there are (Holm 1979); NaN, which wasn't tested, stays and doesn't count."""
    order = sorted((i for i, p in enumerate(ps) if p == p), key=lambda i: ps[i])
    corrected, worst = list(ps), 0.0
    for rank, i in enumerate(order):
        worst = max(worst, min(1.0, (len(order) - rank) * ps[i]))
        corrected[i] = worst
    return corrected


def trend_p(values: Array) -> float:
    """p (two-sided) of a series without trend: the larger of Mann and Kendall's (1945) and Hamed and Rao's (1998), which
    widens the variance by the autocorrelation of the detrended ranks."""
    n = len(values)
    s = _kendall(values)
    if s == 0:
        return 1.0
    variance = _variance(values) * max(1.0, _hamed_rao(values))
    return float(2 * ndtr(-max(0.0, abs(s) - 1) / np.sqrt(variance))) if n > 2 and variance > 0 else 1.0


def theil_sen(x: Array, y: Array, confidence: float) -> tuple[float, float, float]:
    """Slope and its interval: the median of all pairwise slopes, and Sen's (1968) interval from the variance of Kendall's
    S, widened by the autocorrelation as in `trend_p`."""
    i, j = np.triu_indices(len(x), 1)
    slopes = np.sort((y[j] - y[i]) / (x[j] - x[i]))
    spread = ndtri((1 + confidence) / 2) * np.sqrt(_variance(y) * max(1.0, _hamed_rao(y)))
    last = len(slopes) - 1
    low, high = (round(float(np.clip((last + 1 + sign * spread) / 2, 0, last))) for sign in (-1, 1))
    return float(np.median(slopes)), float(slopes[low]), float(slopes[high])


def block_medians(times: Array, values: Array, start: float, end: float, blocks: int) -> tuple[Array, Array]:
    """(middles, medians) of `blocks` equal parts of [start, end); empty parts are left out."""
    edges = np.linspace(start, end, blocks + 1)
    at = np.searchsorted(times, edges)
    parts = [values[first:last] for first, last in pairwise(at)]
    some = np.array([len(part) > 0 for part in parts])
    medians = np.array([np.median(part) for part in parts if len(part)], dtype=np.float64)
    return ((edges[:-1] + edges[1:]) / 2)[some], medians


def count_falls(values: Array, matters: float) -> int:
    """How often a series of waves or sawteeth came down by half of its range; 0 for one that does anything else.

    It is made of waves if the large falls are most of its way down. Falls by less than `matters` hide no leak that does.
    """
    large = max(float(np.ptp(values)) / 2, matters)
    if (values - np.minimum.accumulate(values)).max() < large:
        return 0  # It never came up again.
    steps = np.diff(values)
    turns = np.flatnonzero(np.diff(np.sign(steps)) != 0) + 1
    down = -np.array([part.sum() for part in np.split(steps, turns) if part.sum() < 0])
    falls = down[down >= large]
    return len(falls) if falls.sum() > WAVES * down.sum() else 0


@dataclass(frozen=True)
class _Measured:
    """A series before the family is known: its trend, the p-value, and what else its verdict hangs on.

    `matters`: growth over the judged part that is worth a word. `goes_on`: the second half grows as the first did;
    `levelled`: it may not grow at all, and surely by too little to matter. `sure`: the 99 % interval lies above 0.
    """

    trend: Trend | None
    start: float
    end: float
    p: float
    matters: float = 0.0
    goes_on: bool = False
    levelled: bool = False
    sure: bool = False


def _measure(series: TimeSeries, start: float, end: float) -> _Measured:
    cut = start + DROP * (end - start)
    inside = int(np.searchsorted(series.times, end) - np.searchsorted(series.times, cut))
    x, y = block_medians(series.times, series.values, cut, end, BLOCKS)
    if inside < SAMPLES or len(x) < BLOCKS:
        return _Measured(None, cut, end, math.nan)
    slope, low, high = theil_sen(x, y, 0.95)
    median, growth = float(np.median(y)), slope * (end - cut)
    before = block_medians(series.times, series.values, start, end, round(BLOCKS / (1 - DROP)))[1]
    now = float(np.median(y - slope * x)) + slope * end
    p = trend_p(y) if slope > 0 else 1.0
    matters = GROWTH * abs(median) if series.matters is None else series.matters
    trend = Trend(cut, end, median, now, slope, low, high, p, growth, count_falls(before, matters), "none")
    half = len(x) // 2
    first = theil_sen(x[:half], y[:half], 0.9)[0]
    later, least, most = theil_sen(x[half:], y[half:], 0.9)
    return _Measured(
        trend,
        cut,
        end,
        p,
        matters,
        goes_on=later >= PERSISTENCE * first and least > 0,
        levelled=least <= 0 and most * (end - cut) < matters,
        sure=theil_sen(x, y, 0.99)[1] > 0,
    )


def _conclude(measured: _Measured, p: float) -> Trend:
    trend = measured.trend
    if trend is None:
        unknown = dict.fromkeys(("median", "now", "slope", "low", "high", "p", "growth"), math.nan)
        return Trend(measured.start, measured.end, **unknown, falls=0, verdict="inconclusive", reason="too few samples")
    if 0 < trend.falls < PERIODS:
        return replace(trend, p=p, verdict="inconclusive", reason="too few periods")
    if p < ALPHA and measured.sure and measured.goes_on and trend.growth >= measured.matters:
        return replace(trend, p=p, verdict="leak")
    doubt = _doubt(measured, trend, p)
    return replace(trend, p=p, verdict="inconclusive" if doubt else "none", reason=doubt)


def _doubt(measured: _Measured, trend: Trend, p: float) -> Reason:
    """What keeps a series that isn't called a leak from being called none."""
    if measured.levelled:
        return ""
    if trend.low <= 0:
        return "too uncertain" if trend.high * (trend.end - trend.start) >= measured.matters else ""
    if trend.growth < measured.matters:
        return "too little"
    return "chance" if p >= ALPHA or not measured.sure else "slowing"


def _kendall(values: Array) -> float:
    i, j = np.triu_indices(len(values), 1)
    return float(np.sign(values[j] - values[i]).sum())


def _variance(values: Array) -> float:
    """The variance of Kendall's S without trend, ties allowed for."""
    n = len(values)
    ties = np.unique(values, return_counts=True)[1].astype(np.float64)
    return float((n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18)


def _hamed_rao(values: Array) -> float:
    """By how much autocorrelation widens the variance of S (Hamed & Rao 1998, eq. 15), from the lags whose rank
    correlation, the trend taken out, is significant at 95 %."""
    n = len(values)
    x = np.arange(n, dtype=np.float64)
    i, j = np.triu_indices(n, 1)
    slope = np.median((values[j] - values[i]) / (x[j] - x[i]))
    ranks = ranks_of(values - slope * x) - (n + 1) / 2
    power = float((ranks**2).sum())
    if power == 0:
        return 1.0
    lags = np.arange(1, n - 2)
    rho = np.array([(ranks[lag:] * ranks[:-lag]).sum() for lag in lags]) / power
    weights = (n - lags) * (n - lags - 1) * (n - lags - 2)
    kept = np.abs(rho) > ndtri(0.975) / np.sqrt(n)
    return float(1 + 2 / (n * (n - 1) * (n - 2)) * (weights * rho * kept).sum())
