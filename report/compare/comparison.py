"""Two sides of runs, measured alike and compared: what `stepload compare` computes, without words."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from profiles import Condition, UserError
from profiles.conditions import BYTE_RATES
from report.recording.run_info import PROFILE
from report.stats.comparison import ALPHA, Difference, compare, detectable, run_spread, runs, same_share
from report.stats.intervals import Interval, share_interval
from report.stats.quantiles import Array
from report.stats.ratios import Side

from .profile_diff import Unequal, said, unequal
from .runs import CAPACITY, FirstLook, Measured, conditions_of, first_look, measured

MORE_FAILED = 0.01
"""The share of jobs that must have failed in B beyond that in A, to count as more."""

Result = Literal["REGRESSION", "IMPROVEMENT", "EQUIVALENT", "INCONCLUSIVE"]
"""What a comparison comes to."""


@dataclass(frozen=True)
class Metric:
    """One metric on both sides."""

    name: str
    dimension: str
    lower_is_better: bool
    a: Array
    """A value a run."""
    b: Array
    difference: Difference | None
    """Of B against A; None where it can't be tested."""
    detectable: float
    """The change, as a share, that so many runs find in 4 of 5 cases."""
    refused: str = ""
    """The run that has too few samples for it, and why; empty where all have enough."""

    @property
    def verdict(self) -> str:
        """regression, improvement, equivalent, inconclusive, or not compared where a run has too few samples."""
        return self.difference.verdict if self.difference else "not compared" if self.refused else "inconclusive"


@dataclass(frozen=True)
class Failures:
    """Jobs that did not succeed, as shares of those that ended, and whether there are more in B."""

    a: Interval
    b: Interval
    p: float

    @property
    def worse(self) -> bool:
        """More by a point or more, and hardly by chance."""
        return self.p < ALPHA and self.b.value - self.a.value >= MORE_FAILED


@dataclass(frozen=True)
class Comparison:
    """B against A."""

    a: tuple[Measured, ...]
    b: tuple[Measured, ...]
    steps: tuple[int, ...]
    """The steps that were compared."""
    sustained: bool
    """Whether the service sustained them in every run."""
    by_timestamps: bool
    """Whether jobs end by the service's own timestamps, which fit in every run; else by the reply that first saw them done."""
    metrics: tuple[Metric, ...]
    failures: Failures
    differ: tuple[Unequal, ...]
    """In which keys the profiles differ."""
    batch: bool
    """Whether each run is a batch, where nothing is sustained."""

    @property
    def single(self) -> bool:
        """Whether a side has one run alone, so that its time sections stand for runs."""
        return min(len(self.a), len(self.b)) < 2

    @property
    def result(self) -> Result:
        """What it all comes to: the worst decides."""
        verdicts = [metric.verdict for metric in self.metrics]
        if "regression" in verdicts or self.failures.worse:
            return "REGRESSION"
        if "improvement" in verdicts:
            return "IMPROVEMENT"
        return "EQUIVALENT" if all(verdict == "equivalent" for verdict in verdicts) else "INCONCLUSIVE"


def compare_folders(a: Sequence[Path], b: Sequence[Path], anyway: bool) -> Comparison:
    """Compare recorded runs. Raises UserError for runs that can't be compared, or that shouldn't be without `anyway`."""
    firsts = [[first_look(folder) for folder in side] for side in (a, b)]
    everything = [*firsts[0], *firsts[1]]
    differ = tuple(found for other in everything[1:] for found in unequal(everything[0].document, other.document, other.folder))
    if not anyway:
        _refuse(everything, differ)
    steps, sustained = _common_steps(everything)
    by_timestamps = all(first.completion.way == "timestamps" for first in everything)
    sides = [tuple(measured(first, steps, by_timestamps) for first in side) for side in firsts]
    metrics = _compare(everything[0], sides[0], sides[1])
    failures = _failures(sides[0], sides[1])
    batch = all(first.profile.batch is not None for first in everything)
    return Comparison(sides[0], sides[1], steps, sustained, by_timestamps, metrics, failures, differ, batch)


def _failures(a: Sequence[Measured], b: Sequence[Measured]) -> Failures:
    (bad_a, ended_a), (bad_b, ended_b) = ((sum(run.bad for run in side), sum(run.ended for run in side)) for side in (a, b))
    p = same_share((bad_a, bad_b), (ended_a, ended_b))
    return Failures(share_interval(bad_a, ended_a), share_interval(bad_b, ended_b), p)


def _refuse(everything: Sequence[FirstLook], differ: Sequence[Unequal]) -> None:
    for one in everything:
        if one.trust == "INVALID":
            raise UserError(f"{one.folder}: this run is INVALID, so nothing can be compared with it; to do so, add --anyway")
    if differ:
        first, more = differ[0], f", and {len(differ) - 1} more" if len(differ) > 1 else ""
        raise UserError(
            f"{first.folder / PROFILE}: {first.key} = {said(first.b)}, where {everything[0].folder} has {said(first.a)}{more}: "
            "different tests can't be compared; to do so, add --anyway"
        )


def _common_steps(everything: Sequence[FirstLook]) -> tuple[tuple[int, ...], bool]:
    """The steps that every run held to the end with the same clients: those sustained in all of them, if there are any."""
    held = set.intersection(*(set(one.held.items()) for one in everything))
    if not held:
        raise UserError("these runs have no step in common that each of them held to its end, so there is nothing to compare")
    numbers = {number for number, _ in held}
    sustained = set.intersection(numbers, *(one.sustained for one in everything))
    return tuple(sorted(sustained or numbers)), bool(sustained)


def _compare(first: FirstLook, a: Sequence[Measured], b: Sequence[Measured]) -> tuple[Metric, ...]:
    """Every metric; the test covers those that can be told on both sides."""
    known = {name: (condition.dimension, not _more_is_better(condition)) for name, condition in conditions_of(first).items()}
    if all(CAPACITY in run.values for run in (*a, *b)):
        known = {CAPACITY: ("rate", False), **known}
    sides = {name: (_side(a, name), _side(b, name)) for name in known}
    pairs = {name: (one, other) for name, (one, other) in sides.items() if one and other}
    found = dict(zip(pairs, compare(list(pairs.values()), [known[name][1] for name in pairs]), strict=True))
    return tuple(
        Metric(
            name,
            dimension,
            lower,
            _values(a, name),
            _values(b, name),
            found.get(name),
            _detectable(pairs.get(name), len(a), len(b)),
            next((f"{run.refused[name]} in {run.folder.name}" for run in (*a, *b) if name in run.refused), ""),
        )
        for name, (dimension, lower) in known.items()
    )


def _side(side: Sequence[Measured], name: str) -> Side | None:
    """One side's values; a single run stands for itself by its sections. None where one of them has no logarithm."""
    if len(side) > 1:
        values = _values(side, name)
        return runs(values) if np.all(values > 0) else None
    value, parts = side[0].values.get(name, np.nan), side[0].sections.get(name, np.array([]))
    return Side(value, parts) if value > 0 and len(parts) and np.all(parts > 0) else None


def _values(side: Sequence[Measured], name: str) -> Array:
    return np.array([run.values.get(name, np.nan) for run in side])


def _more_is_better(condition: Condition) -> bool:
    return condition.metric in ("rate", "completed_rate", *BYTE_RATES)


def _detectable(sides: tuple[Side, Side] | None, a: int, b: int) -> float:
    return detectable(a, b, run_spread(sides)) if sides and min(a, b) > 1 else float("nan")
