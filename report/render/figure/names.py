"""The names of a panel's lines, in the right margin."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from report.document.chart import Chart, Panel, Series
from report.text import Unit, clipped

from .style import colour_of

LETTERS = 15
"""Letters of a name that the margin has room for."""
GAP = 8.5
"""Points from one name to the next, at least."""


@dataclass(frozen=True, order=True)
class Name:
    """The name of a line, and how high the line ends, in points."""

    height: float
    text: str
    colour: str


def name_lines(axis: Axes, panel: Panel, chart: Chart, unit: Unit) -> None:
    """Name each line as high as it is when the load ends; names that would overlap are moved apart."""
    names, stacked = [], 0.0
    for i, line in enumerate(panel.series):
        value = _value_at_end(line, max((band.end for band in chart.bands), default=math.inf), unit)
        if value is None:
            continue
        place = stacked + value / 2 if line.style == "area" else value
        stacked += value if line.style == "area" else 0
        names.append(Name(_points(axis, axis.transData.transform((0, place))[1]), line.label, colour_of(line, i)))
    low, high = (_points(axis, axis.transAxes.transform((0, y))[1]) for y in (0, 1))
    names.sort()
    for name, height in zip(names, spread([name.height for name in names], low, high), strict=True):
        axis.annotate(clipped(name.text, LETTERS), (1, 0), (4, height - low), xycoords="axes fraction",
                      textcoords="offset points", va="center", ha="left", fontsize=7, color=name.colour,
                      annotation_clip=False)  # fmt: skip


def spread(ends: Sequence[float], low: float, high: float) -> list[float]:
    """Heights at least GAP apart, for ends in rising order: pushed up from the bottom, then back down from the top."""
    heights: list[float] = []
    for place in ends:
        heights.append(max(min(place, high), heights[-1] + GAP if heights else low + 1))
    crowded = len(ends) * GAP > high - low
    for i in reversed(range(len(heights))):
        top = max(high, heights[i]) if crowded else high
        heights[i] = min(heights[i], heights[i + 1] - GAP if i + 1 < len(heights) else top)
    return heights


def _value_at_end(line: Series, until: float, unit: Unit) -> float | None:
    """The last value before `until`; of a plain line the mean of the last three. None where nothing was measured."""
    known = [y for x, y in zip(line.x, line.y, strict=True) if y is not None and x < until * (1 - 1e-5)] or [
        y for y in line.y if y is not None
    ]
    if not known:
        return None
    return sum(known[-3:]) / len(known[-3:]) * unit.factor if line.style == "line" else known[-1] * unit.factor


def _points(axis: Axes, pixels: float) -> float:
    return pixels * 72 / float(axis.figure.dpi)
