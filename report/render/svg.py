"""Draws the charts of a report as SVG: vector, selectable text, the same bytes each time."""

import html
import io
import math
import re
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from report.document.chart import Chart, Panel, Series
from report.text import Unit, clipped, unit_of

SHORT = 1.3
"""Inches of a tall panel among many."""
MARGIN = 15
"""Letters of a line's name that fit beside it."""
LONG, RAISED = 1e6, str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
"""Numbers from here on are written with a power of ten."""
WIDTH, LOW, PANEL, TALL = 7.1, 0.7, 0.85, 1.55
"""Inches: of a figure, of a low panel, of a panel, of a tall one."""

# Okabe & Ito's palette (2008): told apart by people who see colours differently.
BLUE, ORANGE, GREEN, RED, SKY, PURPLE, INK, GREY = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#56B4E9",
    "#CC79A7",
    "#222222",
    "#7a7a7a",
)
COLOURS = {
    "offered": GREY,
    "submitted": SKY,
    "completed": BLUE,
    "failed": RED,
    "all": INK,
    "submit": ORANGE,
    "status": BLUE,
    "result": GREEN,
    "median": BLUE,
    "p95": ORANGE,
    "job": PURPLE,
    "in_flight": INK,
    "running": SKY,
    "queued": ORANGE,
    "clients": INK,
}
CYCLE = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED)
SIGNS = {"good": " ✓", "bad": " ✗", "warning": " ?"}
"""Tell good from bad without colour."""
BANDS = {"good": GREEN, "bad": RED, "note": GREY, "warning": ORANGE}
STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#999999",
    "axes.linewidth": 0.6,
    "axes.labelcolor": INK,
    "axes.titlesize": 7.5,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlepad": 5,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.5,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.major.size": 2.5,
    "ytick.major.size": 0,
    "lines.linewidth": 1.2,
    "lines.solid_joinstyle": "round",
    "svg.fonttype": "none",
    "svg.hashsalt": "stepload",
    "path.simplify": True,
    "text.parse_math": False,
}


def draw(chart: Chart) -> str:
    """The chart as the text of an SVG file."""
    with mpl.rc_context(STYLE):
        heights = [
            (TALL if len(chart.panels) < 3 else SHORT) if panel.tall else PANEL if len(chart.panels) < 3 else LOW
            for panel in chart.panels
        ]
        above = 0.26 + (0.12 if chart.bands else 0) + (0.13 if chart.marks else 0)
        height = sum(heights) + 0.28 * (len(heights) - 1) + 0.36 + above
        figure = Figure(figsize=(WIDTH, height))
        FigureCanvasSVG(figure)
        rows = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)
        figure.subplots_adjust(0.075, 0.36 / height, 0.87, 1 - above / height, hspace=0.28 * len(heights) / sum(heights))
        axes = [row[0] for row in rows]
        _scale_x(axes, chart)
        for i, (axis, panel) in enumerate(zip(axes, chart.panels, strict=True)):
            _draw_panel(axis, panel, chart)
            _draw_bands(axis, chart, labelled=i == 0)
            _draw_marks(axis, chart, labelled=i == 0)
            _label_lines(axis, panel, chart)
        return _svg(figure, chart)


def _draw_panel(axis: Any, panel: Panel, chart: Chart) -> None:
    unit = _unit(panel)
    axis.set_title(f"{panel.title}, {unit.symbol}" if unit.symbol else panel.title)
    for i, line in enumerate(panel.series):
        _draw_series(axis, line, _colour(line, i), chart, unit)
    if panel.log:
        axis.set_yscale("log")
        low, high = axis.get_ylim()
        subs = (1.0, 2.0, 5.0) if high < low * (100 if panel.tall else 20) else (1.0,)
        axis.yaxis.set_major_locator(mpl.ticker.LogLocator(base=10, subs=subs, numticks=8))
        axis.yaxis.set_minor_locator(NullLocator())
    else:
        axis.set_ylim(bottom=min(0.0, _lowest(panel, unit) * 1.08))
        axis.set_ylim(top=max(axis.get_ylim()[1], _top(panel, unit) * 1.08, 1e-9))
        axis.yaxis.set_major_locator(
            MaxNLocator(5 if panel.tall else 3, integer=panel.dimension == "number" and _top(panel, unit) > 5)
        )
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


def _unit(panel: Panel) -> Unit:
    """The unit of y; a power of ten for numbers too long to stand at an axis."""
    values = [value for line in panel.series for value in line.y if value is not None]
    largest = max(map(abs, values), default=0.0)
    if panel.dimension != "number" or not LONG <= largest < math.inf:
        return unit_of(values, panel.dimension)
    power = int(math.log10(largest)) // 3 * 3
    return Unit(f"×10{str(power).translate(RAISED)}", 10.0**-power, 2)


def _top(panel: Panel, unit: Unit) -> float:
    return max((value * unit.factor for line in panel.series for value in line.y if value is not None), default=1.0)


def _lowest(panel: Panel, unit: Unit) -> float:
    return min((value * unit.factor for line in panel.series for value in line.y if value is not None), default=0.0)


def _draw_series(axis: Any, line: Series, colour: str, chart: Chart, unit: Unit) -> None:
    x = [_x(value, chart) for value in line.x]
    y = [float("nan") if value is None else value * unit.factor for value in line.y]
    match line.style:
        case "area":
            base = [0.0] * len(y) if not hasattr(axis, "stacked") else axis.stacked
            axis.stacked = [low + high for low, high in zip(base, y, strict=True)]
            axis.fill_between(x, base, axis.stacked, color=colour, alpha=0.55, linewidth=0)
        case "points":
            axis.plot(x, y, color=colour, marker="o", markersize=4)
        case "dots":
            axis.plot(x, y, color=colour, marker="o", markersize=4, linestyle="none")
        case "dashed":
            axis.plot(x, y, color=colour, linestyle=(0, (4, 2)), linewidth=1.0)
        case _:
            axis.plot(x, y, color=colour, marker="o" if sum(v is not None for v in line.y) == 1 else None, markersize=3)


def _draw_bands(axis: Any, chart: Chart, labelled: bool) -> None:
    for band in chart.bands:
        axis.axvspan(_x(band.start, chart), _x(band.end, chart), color=BANDS[band.level], alpha=0.09, linewidth=0, zorder=0)
    if not labelled:
        return
    for band in chart.bands[:: max(1, -(-len(chart.bands) // 16))]:
        _above(axis, band.text + SIGNS.get(band.level, ""), _x((band.start + band.end) / 2, chart), 12, BANDS[band.level])
    if chart.bands:
        axis.annotate("clients", (1, 1), (4, 12), xycoords="axes fraction", textcoords="offset points",
                      va="bottom", fontsize=6.8, color=GREY)  # fmt: skip


def _draw_marks(axis: Any, chart: Chart, labelled: bool) -> None:
    for mark in chart.marks:
        x = _x(mark.x, chart)
        axis.axvline(x, color=RED, linewidth=0.9, linestyle=(0, (1, 1.5)))
        if labelled:
            low, high = axis.get_xlim()
            side = "right" if x > (low + high) / 2 else "left"
            _above(axis, mark.text, x, 21 if chart.bands else 3, RED, side)


def _above(axis: Any, text: str, x: float, height: float, colour: str, side: str = "center") -> None:
    """Text above the axes, so many points high."""
    axis.annotate(text, (x, 1.0), (0, height), xycoords=("data", "axes fraction"), textcoords="offset points",
                  ha=side, va="bottom", fontsize=6.8, color=colour)  # fmt: skip


def _label_lines(axis: Any, panel: Panel, chart: Chart) -> None:
    """Name each line in the right margin, as high as it is when the load ends, moved apart where names would overlap."""
    unit = _unit(panel)
    until = max((band.end for band in chart.bands), default=math.inf)
    ends, stacked = [], 0.0
    for i, line in enumerate(panel.series):
        known = [y for x, y in zip(line.x, line.y, strict=True) if y is not None and x < until * (1 - 1e-5)] or [
            y for y in line.y if y is not None
        ]
        if not known:
            continue
        value = sum(known[-3:]) / len(known[-3:]) * unit.factor if line.style == "line" else known[-1] * unit.factor
        place = stacked + value / 2 if line.style == "area" else value
        stacked += value if line.style == "area" else 0
        ends.append((_points(axis, axis.transData.transform((0, place))[1]), line.label, _colour(line, i)))
    low, high = (_points(axis, axis.transAxes.transform((0, y))[1]) for y in (0, 1))
    for (_, label, colour), height in zip(*_spread(ends, low, high), strict=True):
        axis.annotate(clipped(label, MARGIN), (1, 0), (4, height - low), xycoords="axes fraction", textcoords="offset points",
                      va="center", ha="left", fontsize=7, color=colour, annotation_clip=False)  # fmt: skip


def _points(axis: Any, pixels: float) -> float:
    return pixels * 72 / float(axis.figure.dpi)


def _spread(
    ends: list[tuple[float, str, str]], low: float, high: float, gap: float = 8.5
) -> tuple[list[tuple[float, str, str]], list[float]]:
    """Heights at least `gap` apart, in the order of the lines, pushed up from the bottom and back down from the top."""
    ends = sorted(ends)
    heights: list[float] = []
    for place, _, _ in ends:
        heights.append(max(min(place, high), heights[-1] + gap if heights else low + 1))
    for i in reversed(range(len(heights))):
        heights[i] = min(
            heights[i],
            heights[i + 1] - gap if i + 1 < len(heights) else max(high, heights[i] if len(ends) * gap > high - low else high),
        )
    return ends, heights


def _colour(line: Series, position: int) -> str:
    return COLOURS.get(line.role, CYCLE[position % len(CYCLE)])


def _scale_x(axes: Sequence[Any], chart: Chart) -> None:
    last = axes[-1]
    values = [value for panel in chart.panels for line in panel.series for value in line.x] + [mark.x for mark in chart.marks]
    match chart.x_scale:
        case "time":
            last.set_xlim(0, _x(max(values, default=1.0), chart))
            last.set_xlabel("minutes since the start" if _in_minutes(chart) else "seconds since the start")
            last.xaxis.set_major_locator(MaxNLocator(11, steps=[1, 2, 5, 10] if _in_minutes(chart) else [1, 2, 3, 6, 10]))
        case "percentile":
            top = max(0.5, max(values, default=0.9))  # where there is but a minimum, the axis still has a length
            ticks = [p for p in (0, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999) if p <= top + 1e-9]
            last.xaxis.set_major_locator(FixedLocator([_x(p, chart) for p in ticks]))
            last.xaxis.set_major_formatter(FuncFormatter(lambda _, i: f"p{ticks[i] * 100:g}" if i is not None else ""))
            last.set_xlim(0, _x(top, chart))
        case "number":
            last.set_xlim(0, max(values, default=1.0) * 1.04)
            last.set_xlabel(chart.x_title)
    for axis in axes[:-1]:
        axis.tick_params(axis="x", length=0)


def _in_minutes(chart: Chart) -> bool:
    return max((value for panel in chart.panels for line in panel.series for value in line.x), default=0.0) > 300


def _x(value: float, chart: Chart) -> float:
    if chart.x_scale == "time":
        return value / 60 if _in_minutes(chart) else value
    if chart.x_scale == "percentile":
        return -math.log10(1 - value)
    return value


def _svg(figure: Figure, chart: Chart) -> str:
    """The figure's SVG, fit to stand in a page among others.

    No XML header and no style sheet of its own, style as attributes (a page's own styles can't be hurt by it), ids
    made unique by the chart's name.
    """
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*|<defs>\s*<style.*?</defs>\s*|<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = re.sub(r' style="([^"]*)"', _attributes, text)
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{chart.name}-", text)
    label = html.escape(f"{chart.title}. {chart.caption}")
    return text.replace("<svg ", f'<svg role="img" aria-label="{label}" stroke-linejoin="round" ', 1)


def _attributes(style: re.Match[str]) -> str:
    pairs = [part.partition(":") for part in style[1].split(";") if part.strip()]
    return "".join(f' {name.strip()}="{_family(value.strip())}"' for name, _, value in pairs)


def _family(value: str) -> str:
    return "DejaVu Sans, Verdana, sans-serif" if value.startswith("'DejaVu Sans'") else value
