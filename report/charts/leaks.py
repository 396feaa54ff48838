"""The figure of what grew under constant load."""

import math

from report.analysis.leaks import Crept, Leaks
from report.analysis.run import Analysis
from report.document.chart import Chart, Mark, Panel
from report.findings.leaks import NAMES, metric_name
from report.stats.trend import BLOCKS, DROP, block_medians

from .binning import series

PANELS = 4
"""Metrics that the figure has room for."""
SHOWN = ("rss", "fds")
"""Metrics that are drawn where nothing leaks."""


def leaks(analysis: Analysis) -> Chart | None:
    """The leaking metrics with their trend; without any, those of processes."""
    judged = analysis.leaks
    if judged is None:
        return None
    known = [crept for crept in judged.all if not math.isnan(crept.trend.median)]
    leaking = [crept for crept in known if crept.trend.verdict == "leak"]
    drawn = leaking or [crept for crept in known if crept.watched.metric in SHOWN]
    if not drawn:
        return None
    panels = tuple(_panel(crept, judged) for crept in drawn[:PANELS])
    caption = (
        "Points: medians of equal parts of the hold. Dashed: the trend, where there is a steady one. What lies left of the mark "
        "is warm-up and isn't judged."
    )
    mark = Mark(x=judged.start + DROP * (judged.end - judged.start), text="judged from here on")
    return Chart(name="leaks", title="Growth under constant load", caption=caption, x_title="", panels=panels, marks=(mark,))


def _panel(crept: Crept, judged: Leaks) -> Panel:
    watched, trend = crept.watched, crept.trend
    held = watched.series
    x, y = block_medians(held.times, held.values, judged.start, judged.end, round(BLOCKS / (1 - DROP)))
    lines = [series(NAMES.get(watched.metric, "median"), "median", x, y, "dots")]
    if trend.verdict == "leak":
        ends = [trend.start, trend.end]
        lines.append(series("trend", "failed", ends, [trend.now + trend.slope * (t - trend.end) for t in ends], "dashed"))
    return Panel(title=metric_name(crept), dimension=watched.dimension, series=tuple(lines), tall=True)
