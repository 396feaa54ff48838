"""The idle level: what jobs leave behind, and by how much a resource lies above it, against what was put there."""

from functools import cache

import numpy as np

from report.stats.quantiles import increase
from report.stats.unloaded import Kept, kept_by_job

from .rows import Reached, Row, at_least, at_most
from .virtual import Array

REPEATS, SECONDS, JOBS, LEFT = 200, 20, 1_000, 4_096.0
"""Idle for so many seconds, a sample each, before and after so many jobs, each of which leaves so many bytes behind."""
BASE = 60e6


def _noise(n: int, spread: float, rng: np.random.Generator) -> Array:
    """Samples a second apart that depend on each other (an autoregression of 0.5)."""
    values, last = np.empty(n), rng.normal(0, spread)
    for i, shock in enumerate(rng.normal(0, spread * np.sqrt(0.75), n)):
        last = values[i] = 0.5 * last + shock
    return values


@cache
def _found(left: float, spread: float, drift: float = 0.0) -> tuple[Kept, ...]:
    """`drift`: what the service still gives back each second after the load, in bytes."""
    found = []
    for seed in range(REPEATS):
        rng = np.random.default_rng(seed)
        before = BASE + _noise(SECONDS, spread, rng)
        after = BASE + left * JOBS + _noise(SECONDS, spread, rng) + drift * np.arange(SECONDS)[::-1]
        found.append(kept_by_job(before, after, JOBS, 0))
    return tuple(found)


def _exact() -> Reached:
    """Noise of 2 % of what is left behind."""
    errors = [abs(kept.value / LEFT - 1) for kept in _found(LEFT, 0.02 * LEFT * JOBS)]
    return Reached(f"at most {max(errors):.1%} off", max(errors) <= 0.05)


def _covered() -> Reached:
    return at_least(sum(kept.low <= LEFT <= kept.high for kept in _found(LEFT, 0.02 * LEFT * JOBS)), REPEATS, 0.95)


def _nothing() -> Reached:
    return at_most(sum(kept.why is None and not kept.low <= 0 <= kept.high for kept in _found(0.0, 1e6)), REPEATS, 0.05)


def _moving() -> Reached:
    """Twice as much as is left is given back within the idle seconds."""
    return at_least(
        sum(kept.why == "still moving" for kept in _found(LEFT, 0.02 * LEFT * JOBS, 2 * LEFT * JOBS / SECONDS)), REPEATS, 1
    )


def _above_idle() -> Reached:
    """Memory that is taken at the very start of the step, in which it then stays: its first tenth is as high as its last."""
    errors, blind = [], []
    for seed in range(REPEATS):
        rng = np.random.default_rng(seed)
        idle, step = BASE + _noise(SECONDS, 1e5, rng), 2 * BASE + _noise(120, 1e5, rng)
        errors.append(abs(increase(step, idle) / BASE - 1))
        blind.append(abs(increase(step)) / BASE)
    return Reached(f"at most {max(errors):.1%} off; without it {max(blind):.1%} of it is seen", max(errors) <= 0.01)


ROWS = (
    Row("left behind by a job, noise of 2 % of it", "within 5 %", _exact),
    Row("its bounds", "cover the truth ≥ 95 of 100", _covered),
    Row("nothing left behind", "≤ 5 of 100 say there is", _nothing),
    Row("memory still given back after the load", "always refused", _moving),
    Row("increase over the idle level, all of it at the step's start", "within 1 %", _above_idle),
)
