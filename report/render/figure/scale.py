"""The axes of a figure: where a value of x is drawn, which unit y has, and where the ticks are."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

from report.document.chart import Chart, Panel
from report.text import Unit, unit_of

MINUTES_FROM = 300
"""Seconds: a figure over a longer time counts in minutes."""
PERCENTILES = (0, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999)
"""Percentiles that have a tick."""
LONG = 1e6
"""Numbers from here on are written with a power of ten."""
LETTERS = 100
"""Letters that fit under an axis."""
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
"""Digits as exponents."""


@dataclass(frozen=True)
class ScaleX:
    """The x axis that the panels of a chart share. `last` is the largest value of its lines and marks, None if it has none."""

    kind: Literal["time", "percentile", "number"]
    last: float | None
    in_minutes: bool

    def place(self, value: float) -> float:
        """Where a value of x is drawn: in minutes or seconds, by the share beyond a percentile, or as it is."""
        match self.kind:
            case "time":
                return value / 60 if self.in_minutes else value
            case "percentile":
                return -math.log10(1 - value)
            case "number":
                return value

    def last_or(self, default: float) -> float:
        """The largest value of x, or the default where the chart has none."""
        return default if self.last is None else self.last


def scale_of(chart: Chart) -> ScaleX:
    """The scale of a chart's x. It looks at every point, so it is made once a chart."""
    drawn = max((value for panel in chart.panels for line in panel.series for value in line.x), default=None)
    last = max((value for value in (drawn, *(mark.x for mark in chart.marks)) if value is not None), default=None)
    return ScaleX(chart.x_scale, last, (drawn or 0.0) > MINUTES_FROM)


def set_x(axes: Sequence[Axes], chart: Chart, scale: ScaleX) -> None:
    """Limits, ticks and title of x, at the lowest panel alone."""
    lowest = axes[-1]
    match scale.kind:
        case "time":
            lowest.set_xlim(0, scale.place(scale.last_or(1.0)))
            lowest.set_xlabel("minutes since the start" if scale.in_minutes else "seconds since the start")
            lowest.xaxis.set_major_locator(MaxNLocator(11, steps=[1, 2, 5, 10] if scale.in_minutes else [1, 2, 3, 6, 10]))
        case "percentile":
            _set_percentiles(lowest, scale)
        case "number" if chart.x_names:
            _set_names(lowest, chart)
        case "number":
            lowest.set_xlim(0, scale.last_or(1.0) * 1.04)
            lowest.set_xlabel(chart.x_title)
    for axis in axes[:-1]:
        axis.tick_params(axis="x", length=0)


def _set_names(axis: Axes, chart: Chart) -> None:
    """A tick for each thing: by its name, or by its number where the names are too long to stand side by side."""
    names, places = chart.x_names, range(1, len(chart.x_names) + 1)
    fit = max(map(len, names)) * len(names) <= LETTERS
    axis.set_xlim(0.5, len(names) + 0.5)
    axis.xaxis.set_major_locator(FixedLocator(list(places)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda _, i: (names[i] if fit else str(i + 1)) if i is not None else ""))
    axis.set_xlabel("" if fit else chart.x_title)


def _set_percentiles(axis: Axes, scale: ScaleX) -> None:
    top = max(0.5, scale.last_or(0.9))  # where there is but a minimum, the axis still has a length
    ticks = [p for p in PERCENTILES if p <= top + 1e-9]
    axis.xaxis.set_major_locator(FixedLocator([scale.place(p) for p in ticks]))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda _, i: f"p{ticks[i] * 100:g}" if i is not None else ""))
    axis.set_xlim(0, scale.place(top))


def unit_of_panel(panel: Panel) -> Unit:
    """The unit of y; a power of ten for numbers too long to stand at an axis."""
    values = list(_values(panel))
    largest = max(map(abs, values), default=0.0)
    if panel.dimension != "number" or not LONG <= largest < math.inf:
        return unit_of(values, panel.dimension)
    power = int(math.log10(largest)) // 3 * 3
    return Unit(f"×10{str(power).translate(RAISED)}", 10.0**-power, 2)


def set_y(axis: Axes, panel: Panel, unit: Unit) -> None:
    """Limits and ticks of y, once the lines are drawn."""
    if panel.log:
        _set_log(axis, panel)
    else:
        lowest = min((value * unit.factor for value in _values(panel)), default=0.0)
        top = max((value * unit.factor for value in _values(panel)), default=1.0)
        axis.set_ylim(bottom=min(0.0, lowest * 1.08))
        axis.set_ylim(top=max(axis.get_ylim()[1], top * 1.08, 1e-9))
        axis.yaxis.set_major_locator(MaxNLocator(5 if panel.tall else 3, integer=panel.dimension == "number" and top > 5))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


def _set_log(axis: Axes, panel: Panel) -> None:
    axis.set_yscale("log")
    low, high = axis.get_ylim()
    subs = (1.0, 2.0, 5.0) if high < low * (100 if panel.tall else 20) else (1.0,)
    axis.yaxis.set_major_locator(LogLocator(base=10, subs=subs, numticks=8))
    axis.yaxis.set_minor_locator(NullLocator())


def _values(panel: Panel) -> Iterator[float]:
    return (value for line in panel.series for value in line.y if value is not None)
