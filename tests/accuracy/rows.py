"""What the accuracy tests are made of: a row is a claim, the target that it must reach, and how it is measured."""

from collections.abc import Callable
from dataclasses import dataclass

from scipy.stats import binom


@dataclass(frozen=True)
class Reached:
    """What a measurement came to, in words, and whether that meets the target."""

    value: str
    passed: bool


@dataclass(frozen=True)
class Row:
    """One line of `make accuracy`. `measure` draws everything from fixed seeds, so it always reaches the same value. `quick`: the
    same of fewer repetitions, for `make test`, where so many as the target speaks of take long."""

    claim: str
    target: str
    measure: Callable[[], Reached]
    quick: Callable[[], Reached] | None = None


def at_most(bad: int, of: int, share: float) -> Reached:
    """Few enough: no more than a true rate of `share` explains in `of` trials, at 99.9 %."""
    limit = int(binom.ppf(0.999, of, share))
    return Reached(f"{bad} of {of} (limit {limit})", bad <= limit)


def at_least(good: int, of: int, share: float) -> Reached:
    """Often enough: no fewer than a true rate of `share` explains in `of` trials, at 99.9 %."""
    limit = int(binom.ppf(0.001, of, share))
    return Reached(f"{good} of {of} (limit {limit})", good >= limit)
