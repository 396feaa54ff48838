"""Leaks over two hours, sampled each second: found where there are any, and not made of noise, warm-ups or waves."""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.signal import lfilter

from report.stats.trend import TimeSeries, Trend, judge

from .rows import Reached, Row
from .virtual import Array, Arrivals, open_arrivals, serve, service_times

SECONDS, RUNS = 7200, 100
T = np.arange(SECONDS, dtype=np.float64)
Metric = Callable[[np.random.Generator], Array]


def _noise(phi: float, rng: np.random.Generator) -> Array:
    """Noise of standard deviation 1 whose neighbours (a second apart) correlate by `phi`."""
    lead = round(20 / (1 - phi))
    drawn = lfilter([np.sqrt(1 - phi**2)], [1, -phi], rng.normal(size=SECONDS + lead))
    return np.asarray(drawn[lead:], dtype=np.float64)


def _creeping(hourly: float, phi: float, noise: float, rng: np.random.Generator) -> Array:
    return 400e6 * (1 + hourly * T / 3600 + noise * _noise(phi, rng))


def _plateau(rng: np.random.Generator) -> Array:
    """Caches that fill for half an hour and more."""
    return 400e6 * (1 - 0.5 * np.exp(-T / rng.uniform(300, 1800)) + 0.01 * _noise(0.9, rng))


def _sawtooth(rng: np.random.Generator) -> Array:
    """Garbage that is collected every 5 minutes to an hour."""
    period = rng.uniform(300, 3600)
    return 400e6 * (1 + 0.2 * ((T / period + rng.uniform()) % 1) + 0.005 * _noise(0.9, rng))


def _descriptors(hourly: float, kind: Arrivals, rng: np.random.Generator) -> Array:
    """Open files of a service: some of its own, one for each job in flight, and those that it forgets."""
    due = open_arrivals(kind, [(25, float(SECONDS))], 5.0, rng)
    jobs = serve(due, service_times(len(due), 1.0, 1.0, rng), 8)
    flying = np.searchsorted(due, T, "right") - np.searchsorted(np.sort(jobs.finished), T, "right")
    return 30.0 + flying + np.floor(hourly * T / 3600)


def _judged(metric: Metric, seed: int, matters: float | None = None, times: int = 1) -> list[Trend]:
    rng = np.random.default_rng(seed)
    return judge([TimeSeries(T, metric(rng), matters) for _ in range(times)], 0.0, float(SECONDS))


def _leaks(metric: Metric, matters: float | None = None, times: int = 1) -> int:
    found = [_judged(metric, seed, matters, times) for seed in range(RUNS)]
    return sum(any(trend.verdict == "leak" for trend in trends) for trends in found)


def _false(metric: Metric, matters: float | None = None, times: int = 1) -> Reached:
    found = _leaks(metric, matters, times)
    return Reached(f"{found} of {RUNS}", found <= 2)


def _found(metric: Metric) -> Reached:
    found = _leaks(metric)
    return Reached(f"{found} of {RUNS}", found >= 85)


def _nones(metric: Metric) -> int:
    return sum(_judged(metric, seed)[0].verdict == "none" for seed in range(RUNS))


def _cleared(metric: Metric) -> Reached:
    found = _nones(metric)
    return Reached(f"{found} of {RUNS}", found >= 90)


def _passed_over(metric: Metric) -> Reached:
    found = _nones(metric)
    return Reached(f"{found} of {RUNS}", found <= 5)


def _slopes(kind: Arrivals) -> Reached:
    slopes = [_judged(partial(_descriptors, 30.0, kind), seed, 10.0)[0].slope * 3600 for seed in range(40)]
    worst = max(abs(slope / 30 - 1) for slope in slopes)
    return Reached(f"{np.median(slopes):.1f}/h, at most {worst:.1%} off in 40 runs", worst <= 0.15)


ROWS = (
    *(
        Row(f"no leak: flat, noise correlated by {phi}", "≤ 2 of 100 called a leak", partial(_false, partial(_creeping, 0.0, phi, 0.02)))
        for phi in (0.0, 0.9, 0.99)
    ),
    Row("no leak: six flat metrics at once", "≤ 2 of 100 called a leak",
        partial(_false, partial(_creeping, 0.0, 0.9, 0.02), None, 6)),
    Row("no leak: a warm-up that levels off", "≤ 2 of 100 called a leak", partial(_false, _plateau)),
    Row("no leak: garbage collected every 5 to 60 minutes", "≤ 2 of 100 called a leak", partial(_false, _sawtooth)),
    Row("a leak of 4 %/h, noise correlated by 0.9", "found ≥ 85 of 100", partial(_found, partial(_creeping, 0.04, 0.9, 0.01))),
    Row("a leak of 4 %/h, noise correlated by 0.97", "found ≥ 85 of 100", partial(_found, partial(_creeping, 0.04, 0.97, 0.01))),
    Row("no leak: flat, noise correlated by 0.9", "called none ≥ 90 of 100", partial(_cleared, partial(_creeping, 0.0, 0.9, 0.02))),
    Row("a leak of 4 %/h, noise that hides it, correlated by 0.99", "≤ 5 of 100 called none",
        partial(_passed_over, partial(_creeping, 0.04, 0.99, 0.02))),
    *(
        Row(f"no leak: open files of a busy service, {kind} arrivals", "≤ 2 of 100 called a leak",
            partial(_false, partial(_descriptors, 0.0, kind), 10.0))
        for kind in ("even", "poisson")
    ),
    *(
        Row(f"a leak of 30 open files an hour, {kind} arrivals", "± 15 %", partial(_slopes, kind))
        for kind in ("even", "poisson")
    ),
)  # fmt: skip
