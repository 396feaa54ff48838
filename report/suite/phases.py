"""What the scenarios of a phase tell together: the best of each group, the knee of a parameter, speed-up, interactions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from profiles.suites.model import Parameter, Phase
from profiles.suites.texts import plain
from report.stats.intervals import Interval
from report.stats.quantiles import Array
from report.stats.repeats import ALPHA, Best, Repeats, best_of, paired
from report.stats.saturation import fit
from report.stats.trend import holm

from .results import RATE, Cell, Results

Key = tuple[tuple[str, Parameter], ...]
"""Parameters and their values, which a group of scenarios has in common."""
NAN = float("nan")
BEYOND = 1.1
"""A value so many times the knee lies clearly beyond it."""
MORE_IS_BETTER = True


@dataclass(frozen=True)
class Line:
    """Scenarios that differ in one numeric parameter alone, in its order; `key`: what they have in common."""

    key: Key
    x: tuple[float, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Knee:
    """Where throughput stops growing with a parameter: min(x / D, top), fitted to each repeat. `seen`: "found", "beyond" (it
    still grows at the highest value), "below" (flat from the lowest on); `at` and `top` with intervals over repeats."""

    line: Line
    seen: str
    at: Interval
    top: Interval
    repeats: int


@dataclass(frozen=True)
class SpeedUp:
    """How many times the lowest value's rate each other value gives, paired by repeat."""

    line: Line
    ratios: tuple[Interval, ...]

    @property
    def efficiency(self) -> tuple[float, ...]:
        """Speed-up by how many times as much there is of it."""
        return tuple(ratio.value / (x / self.line.x[0]) for ratio, x in zip(self.ratios, self.line.x, strict=True))


@dataclass(frozen=True)
class Grouped:
    """The best value of the compared parameter where all others are `key`."""

    key: Key
    best: Best


@dataclass(frozen=True)
class Interaction:
    """How much more `second` gains on `first` at the high level of another parameter than at its low one (ratio of ratios)."""

    compared: tuple[str, str]
    parameter: str
    levels: tuple[Parameter, Parameter]
    ratio: Interval
    told: bool


@dataclass(frozen=True)
class PhaseResult:
    """A phase and all that its scenarios tell. `axis`: the numeric parameter that its figure is drawn over."""

    phase: Phase
    cells: tuple[Cell, ...]
    axis: str | None
    compared: str | None
    lines: tuple[Line, ...]
    knees: tuple[Knee, ...]
    speed_ups: tuple[SpeedUp, ...]
    groups: tuple[Grouped, ...]
    interactions: tuple[Interaction, ...]


def phases_of(results: Results) -> tuple[PhaseResult, ...]:
    """Every phase of which a run was made."""
    each = [(phase, tuple(cell for cell in results.made if cell.scenario.phase == phase.name)) for phase in results.suite.phase]
    return tuple(_phase(phase, cells) for phase, cells in each if cells)


def _phase(phase: Phase, cells: tuple[Cell, ...]) -> PhaseResult:
    axis = phase.scale or phase.knee or _numeric(cells)
    compared = phase.beside or _worded(cells)
    lines = tuple(_lines(cells, axis)) if axis else ()
    groups = tuple(_groups(cells, compared)) if compared else ()
    return PhaseResult(
        phase=phase,
        cells=cells,
        axis=axis,
        compared=compared,
        lines=lines,
        knees=tuple(_knee(line) for line in lines if len(line.x) > 2) if phase.knee else (),
        speed_ups=tuple(_speed_up(line) for line in lines if len(line.x) > 1) if phase.scale else (),
        groups=groups,
        interactions=tuple(_interactions(cells, compared)) if compared else (),
    )


def _varied(cells: Sequence[Cell]) -> list[str]:
    """The parameters in which the scenarios differ."""
    names = dict.fromkeys(name for cell in cells for name in cell.scenario.varied)
    return [name for name in names if len({cell.scenario.parameters[name] for cell in cells}) > 1]


def _numeric(cells: Sequence[Cell]) -> str | None:
    found = [name for name in _varied(cells) if all(_is_number(cell.scenario.parameters[name]) for cell in cells)]
    return found[0] if len(found) == 1 else None


def _worded(cells: Sequence[Cell]) -> str | None:
    found = [name for name in _varied(cells) if all(isinstance(cell.scenario.parameters[name], str) for cell in cells)]
    return found[0] if len(found) == 1 else None


def _is_number(value: Parameter) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _key(cell: Cell, but: str) -> Key:
    return tuple((name, cell.scenario.parameters[name]) for name in cell.scenario.varied if name != but)


def _lines(cells: Sequence[Cell], axis: str) -> Iterator[Line]:
    for key in dict.fromkeys(_key(cell, axis) for cell in cells):
        own = [cell for cell in cells if _key(cell, axis) == key and axis in cell.scenario.varied and len(cell.values(RATE))]
        own.sort(key=lambda cell: float(cell.scenario.parameters[axis]))
        if own:
            yield Line(key, tuple(float(cell.scenario.parameters[axis]) for cell in own), tuple(own))


def _common(cells: Sequence[Cell]) -> list[int]:
    """The repeats that all of them have."""
    return sorted(set.intersection(*(set(cell.by_repeat(RATE)) for cell in cells))) if cells else []


def _knee(line: Line) -> Knee:
    """The fit of each repeat that has every value; one number each, so that the interval is over whole repeats."""
    repeats = _common(line.cells)
    loads = np.array(line.x)
    rates = np.array([[cell.by_repeat(RATE)[repeat] for cell in line.cells] for repeat in repeats])
    if not len(repeats):
        return Knee(line, "unknown", Interval(NAN, NAN, NAN), Interval(NAN, NAN, NAN), 0)
    (slope,), (top,) = fit(loads, rates.mean(axis=0)[None, :], True)
    at = float(top / slope)
    seen = "beyond" if loads[-1] < BEYOND * at else "below" if loads[0] * BEYOND > at else "found"
    slopes, tops = fit(loads, rates, True)
    return Knee(line, seen, _over_repeats(tops / slopes, at), _over_repeats(tops, float(top)), len(repeats))


def _over_repeats(values: Array, value: float) -> Interval:
    """The interval of their geometric mean, about `value`."""
    ratio, _ = paired(np.full(len(values), value), values)
    return Interval(value, value * ratio.low, value * ratio.high)


def _speed_up(line: Line) -> SpeedUp:
    base = line.cells[0].by_repeat(RATE)
    return SpeedUp(line, tuple(_ratio(base, cell.by_repeat(RATE)) for cell in line.cells))


def _ratio(a: Repeats, b: Repeats) -> Interval:
    both = sorted(a.keys() & b.keys())
    return paired(np.array([a[k] for k in both]), np.array([b[k] for k in both]))[0]


def _groups(cells: Sequence[Cell], compared: str) -> Iterator[Grouped]:
    candidates: dict[Key, dict[str, Repeats]] = {}
    for cell in cells:
        if compared in cell.scenario.varied and len(cell.values(RATE)):
            name = plain(cell.scenario.parameters[compared])
            candidates.setdefault(_key(cell, compared), {})[name] = cell.by_repeat(RATE)
    some = {key: group for key, group in candidates.items() if len(group) > 1}
    for key, best in zip(some, best_of(list(some.values()), MORE_IS_BETTER), strict=True):
        yield Grouped(key, best)


def _interactions(cells: Sequence[Cell], compared: str) -> Iterator[Interaction]:
    """Of the first two values of the compared parameter with the ends of each other one, Holm's correction over all of them."""
    usable = [cell for cell in cells if compared in cell.scenario.varied and len(cell.values(RATE))]
    values = list(dict.fromkeys(cell.scenario.parameters[compared] for cell in usable))[:2]
    found = []
    for name in [name for name in _varied(usable) if name != compared] if len(values) == 2 else []:
        levels = list(dict.fromkeys(cell.scenario.parameters[name] for cell in usable))
        ends = (levels[0], levels[-1])
        gains = [_gain([c for c in usable if c.scenario.parameters[name] == end], compared, values) for end in ends]
        both = sorted(gains[0].keys() & gains[1].keys())
        ratio, p = paired(np.array([gains[0][k] for k in both]), np.array([gains[1][k] for k in both]))
        if not np.isnan(p):
            found.append((name, ends, ratio, p))
    for (name, ends, ratio, _), p in zip(found, holm([p for *_, p in found]) if found else (), strict=True):
        yield Interaction((plain(values[0]), plain(values[1])), name, ends, ratio, p < ALPHA)


def _gain(cells: Sequence[Cell], compared: str, values: Sequence[Parameter]) -> Repeats:
    """By repeat: the rate with the second value over that with the first, averaged on logarithms over all else."""
    pairs = [
        (one.by_repeat(RATE), other.by_repeat(RATE))
        for one in cells
        for other in cells
        if one.scenario.parameters[compared] == values[0]
        and other.scenario.parameters[compared] == values[1]
        and _key(one, compared) == _key(other, compared)
    ]
    repeats = set.intersection(*(set(a) & set(b) for a, b in pairs)) if pairs else set()
    return {k: float(np.exp(np.mean([np.log(b[k] / a[k]) for a, b in pairs]))) for k in repeats}
