"""What is marked in a figure: the steps as shaded bands, and moments or loads as dotted lines; named above the first panel."""

from typing import Literal

from matplotlib.axes import Axes

from report.document.chart import Chart

from .scale import ScaleX
from .style import BANDS, GREY, RED, SIGNS

NAMED = 16
"""Bands that have room for a label each; of more, every second, third, … has one."""


def draw_bands(axis: Axes, chart: Chart, scale: ScaleX, labelled: bool) -> None:
    """The shaded stretches of x, with their labels if wanted."""
    for band in chart.bands:
        axis.axvspan(scale.place(band.start), scale.place(band.end), color=BANDS[band.level], alpha=0.09, linewidth=0, zorder=0)
    if not labelled:
        return
    for band in chart.bands[:: max(1, -(-len(chart.bands) // NAMED))]:
        middle = scale.place((band.start + band.end) / 2)
        _write_above(axis, band.text + SIGNS.get(band.level, ""), middle, 12, BANDS[band.level])
    if chart.bands:
        axis.annotate("clients", (1, 1), (4, 12), xycoords="axes fraction", textcoords="offset points",
                      va="bottom", fontsize=6.8, color=GREY)  # fmt: skip


def draw_marks(axis: Axes, chart: Chart, scale: ScaleX, labelled: bool) -> None:
    """The dotted lines, with their labels if wanted; a label extends towards the middle of the figure."""
    for mark in chart.marks:
        x = scale.place(mark.x)
        axis.axvline(x, color=RED, linewidth=0.9, linestyle=(0, (1, 1.5)))
        if labelled:
            low, high = axis.get_xlim()
            side: Literal["right", "left"] = "right" if x > (low + high) / 2 else "left"
            _write_above(axis, mark.text, x, 21 if chart.bands else 3, RED, side)


def _write_above(
    axis: Axes, text: str, x: float, height: float, colour: str, side: Literal["left", "center", "right"] = "center"
) -> None:
    """Text above the axes, so many points high."""
    axis.annotate(text, (x, 1.0), (0, height), xycoords=("data", "axes fraction"), textcoords="offset points",
                  ha=side, va="bottom", fontsize=6.8, color=colour)  # fmt: skip
