"""Two sides of runs, measured alike and compared: what `stepload compare` computes, without words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from profiles import Condition, UserError

from .analysis import analyse
from .holds import Hold, cut_holds, rows_between, window_of
from .measure import measure
from .profile_diff import Unequal, said, unequal
from .runfolder import Run, read_run
from .runinfo import PROFILE, RunInfo
from .stats import Array
from .stats_compare import ALPHA, SECTIONS, Difference, Side, compare, compare_shares, detectable, run_spread, runs
from .stats_steady import SETTLE_SHARE
from .validity import Trust

DEFAULTS = ("completed_rate(job)", "p50(job)", "p95(job)", "p99(job)")
CAPACITY = "capacity"
"""What steps up to saturation show, where all of the runs show it."""
MORE_FAILED = 0.01
"""So many more of the jobs must have failed."""

Result = Literal["REGRESSION", "IMPROVEMENT", "EQUIVALENT", "INCONCLUSIVE"]


@dataclass(frozen=True)
class Measured:
    """One run of a side: `values` of each metric over the steps compared, `sections` of them in ten equal parts of time,
    jobs that ended and those of them that did not succeed, and the `times` of its jobs in seconds. `sustained`: jobs/s of the
    highest step sustained without a break."""

    folder: Path
    info: RunInfo
    version: str
    trust: Trust
    sustained: float | None
    values: Mapping[str, float]
    sections: Mapping[str, Array]
    ended: int
    bad: int
    times: Array


@dataclass(frozen=True)
class Metric:
    """One metric on both sides: a value a run. `difference`: None where it can't be tested; `detectable`: the change
    (share) that so many runs find in 4 of 5 cases."""

    name: str
    dimension: str
    lower_is_better: bool
    a: Array
    b: Array
    difference: Difference | None
    detectable: float


@dataclass(frozen=True)
class Failures:
    """Jobs that did not succeed, as shares of those that ended, and whether there are more in B."""

    a: float
    b: float
    p: float

    @property
    def worse(self) -> bool:
        """More by a point or more, and hardly by chance."""
        return self.p < ALPHA and self.b - self.a >= MORE_FAILED


@dataclass(frozen=True)
class Comparison:
    """B against A, over `steps`. `sustained`: the service sustained them in every run. `differ`: what else differs."""

    a: tuple[Measured, ...]
    b: tuple[Measured, ...]
    steps: tuple[int, ...]
    sustained: bool
    metrics: tuple[Metric, ...]
    failures: Failures
    differ: tuple[Unequal, ...]

    @property
    def single(self) -> bool:
        """Whether a side has one run alone, so that its time sections stand for runs."""
        return min(len(self.a), len(self.b)) < 2

    @property
    def result(self) -> Result:
        """What it all comes to: the worst decides."""
        verdicts = [metric.difference.verdict if metric.difference else "inconclusive" for metric in self.metrics]
        if "regression" in verdicts or self.failures.worse:
            return "REGRESSION"
        if "improvement" in verdicts:
            return "IMPROVEMENT"
        return "EQUIVALENT" if all(verdict == "equivalent" for verdict in verdicts) else "INCONCLUSIVE"


def compare_folders(a: Sequence[Path], b: Sequence[Path], anyway: bool) -> Comparison:
    """Compare recorded runs. Raises UserError for runs that can't be compared, or that shouldn't be without `anyway`."""
    firsts = [[_First(folder) for folder in side] for side in (a, b)]
    everything = [*firsts[0], *firsts[1]]
    differ = tuple(found for other in everything[1:] for found in unequal(everything[0].document, other.document, other.folder))
    if not anyway:
        _refuse(everything, differ)
    steps, sustained = _common_steps(everything)
    sides = [tuple(_measure(first, steps) for first in side) for side in firsts]
    metrics = _compare(everything[0], sides[0], sides[1])
    (bad_a, ended_a), (bad_b, ended_b) = ((sum(run.bad for run in side), sum(run.ended for run in side)) for side in sides)
    failures = Failures(*compare_shares((bad_a, bad_b), (ended_a, ended_b)))
    return Comparison(sides[0], sides[1], steps, sustained, metrics, failures, differ)


class _First:
    """What a first look at a run keeps of it: the rows are read again when the steps are known, one run at a time."""

    def __init__(self, folder: Path) -> None:
        run = read_run(folder)
        found = analyse(run)
        self.folder, self.document, self.profile = folder, run.document, run.profile
        self.trust = found.trust
        self.carried = found.capacity.carried.completed if found.capacity.carried else None
        self.capacity = found.saturated.bend[0] if found.saturated and found.saturated.bend else None
        self.held = {step.step.number: step.clients for step in found.steps if step.step.hold and not step.step.cut}
        self.sustained = {step.step.number for step in found.steps if step.sustained}


def _refuse(everything: Sequence[_First], differ: Sequence[Unequal]) -> None:
    for one in everything:
        if one.trust == "INVALID":
            raise UserError(f"{one.folder}: this run is INVALID, so nothing can be compared with it; to do so, add --anyway")
    if differ:
        first, more = differ[0], f", and {len(differ) - 1} more" if len(differ) > 1 else ""
        raise UserError(
            f"{first.folder / PROFILE}: {first.key} = {said(first.b)}, where {everything[0].folder} has {said(first.a)}{more}: "
            "different tests can't be compared; to do so, add --anyway"
        )


def _common_steps(everything: Sequence[_First]) -> tuple[tuple[int, ...], bool]:
    """The steps that every run held to the end with the same clients: those sustained in all of them, if there are any."""
    held = set.intersection(*(set(one.held.items()) for one in everything))
    if not held:
        raise UserError("these runs have no step in common that each of them held to its end, so there is nothing to compare")
    numbers = {number for number, _ in held}
    sustained = set.intersection(numbers, *(one.sustained for one in everything))
    return tuple(sorted(sustained or numbers)), bool(sustained)


def conditions_of(first: _First) -> dict[str, Condition]:
    """The metrics that are compared: the usual ones, and those that the profile sets limits to."""
    profile = first.profile
    usual = [*DEFAULTS, *(f"p95({endpoint})" for endpoint in profile.endpoints)]
    told = [profile.condition(f"{name} > {'1/s' if 'rate' in name else '1s'}") for name in usual]
    told += [profile.condition(limit.that) for limit in profile.limit]
    return {name_of(condition): condition for condition in told if condition.metric != "error_rate"}


def name_of(condition: Condition) -> str:
    """What a condition measures: p95(submit{kind=a})."""
    inside = ", ".join(f"{key}={value}" for key, value in condition.filters)
    return f"{condition.metric}({condition.subject}{f'{{{inside}}}' if inside else ''})"


def _measure(first: _First, steps: Sequence[int]) -> Measured:
    run = read_run(first.folder)
    holds = [_settled(run, hold) for hold in cut_holds(run) if hold.step.number in steps]
    conditions = conditions_of(first)
    parts = [[_part(run, hold, i) for hold in holds] for i in range(SECTIONS)]
    windows = [window_of(part) for part in parts]
    whole = window_of(holds)
    outcomes = np.concatenate([hold.jobs["outcome"].to_numpy() for hold in holds])
    ended = int(np.count_nonzero(outcomes != "abandoned"))
    times = [(hold.jobs["done_before"] - hold.jobs["due"]).dropna().to_numpy(dtype=np.float64) for hold in holds]
    return Measured(
        folder=first.folder,
        info=run.info,
        version=run.info.target.get("version") or run.profile.target.version,
        trust=first.trust,
        sustained=first.carried,
        values={name: measure(condition, whole) for name, condition in conditions.items()}
        | ({CAPACITY: first.capacity} if first.capacity else {}),
        sections={name: np.array([measure(condition, window) for window in windows]) for name, condition in conditions.items()},
        ended=ended,
        bad=ended - int(np.count_nonzero(outcomes == "succeeded")),
        times=np.concatenate(times),
    )


def _settled(run: Run, hold: Hold) -> Hold:
    """The hold without its beginning."""
    return _between(run, hold, hold.start + min(run.profile.method.settle, SETTLE_SHARE * hold.seconds), hold.end)


def _part(run: Run, hold: Hold, i: int) -> Hold:
    edges = np.linspace(hold.start, hold.end, SECTIONS + 1)
    return _between(run, hold, float(edges[i]), float(edges[i + 1]))


def _between(run: Run, hold: Hold, start: float, end: float) -> Hold:
    return replace(
        hold,
        start=start,
        end=end,
        requests=rows_between(run.requests, "sent", start, end),
        jobs=rows_between(run.jobs, "due", start, end),
        samples=rows_between(run.samples, "t", start, end),
    )


def _compare(first: _First, a: Sequence[Measured], b: Sequence[Measured]) -> tuple[Metric, ...]:
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
    return condition.metric in ("rate", "completed_rate", "byte_rate")


def _detectable(sides: tuple[Side, Side] | None, a: int, b: int) -> float:
    return detectable(a, b, run_spread(sides)) if sides and min(a, b) > 1 else float("nan")
