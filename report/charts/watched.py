"""The figure of what others told: queue depths, connections and the like, aligned with the load."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from report.analysis.holds import column
from report.analysis.run import Analysis
from report.document.chart import Chart, Panel
from report.recording.run import Run
from report.stats.quantiles import Array
from report.text import clipped, listed, number, share

from .binning import bin_edges, binned_means, middles, series
from .timeline import RATE_BINS, clients_panel, timeline

MOST = 6
"""Metrics that a figure has room for, and names that its caption has room for."""
LETTERS = 36
"""Letters that each of two names has above a panel."""
FLAT = 0.01
"""A metric that changes by less than this share of itself is no picture."""
ABSURD = 1e100
"""No count of anything: like infinity, it can't be drawn."""
A_BIN = 2
"""Samples that a bin has about: they come at uneven times, and a line must not break wherever a bin has none."""


@dataclass(frozen=True)
class Told:
    """What was told of one metric of a [[watch]], in the order of time; what is not a number is left out."""

    metric: str
    source: str
    times: Array
    values: Array

    @property
    def name(self) -> str:
        """What the figure calls it."""
        return f"{clipped(self.metric.replace('_', ' '), LETTERS)} of {clipped(self.source, LETTERS)}"

    @property
    def flat(self) -> bool:
        """Whether it hardly changed."""
        return bool(np.ptp(self.values) <= FLAT * np.abs(self.values).max())


def watched(analysis: Analysis) -> Chart | None:
    """The first metrics that changed, in the order of the profile; None where there is none."""
    told = [each for each in _told(analysis.run) if len(each.values)]
    changed = [each for each in told if not each.flat]
    if not changed:
        return None
    drawn, left, flat = changed[:MOST], changed[MOST:], [each for each in told if each.flat]
    edges = [_edges(analysis.run, each) for each in drawn]
    caption = f"What queues, databases and the like told, aligned with the load: means of {_widths(edges)}."
    if left:
        caption += f" Drawn are the first {MOST} in the order of the profile; in the tables alone: {_named(left)}."
    if flat:
        caption += f" Not drawn, for a change of less than {share(FLAT)}: {_named(flat)}."
    panels = [_panel(each, at) for each, at in zip(drawn, edges, strict=True)]
    return timeline("watched", "Watched metrics and load", caption, (clients_panel(analysis), *panels), analysis)


def _told(run: Run) -> Iterator[Told]:
    wanted = [(watch.name, metric) for watch in run.profile.watch for metric in watch.metrics]
    samples = run.samples[run.samples["source"].isin({source for source, _ in wanted})]
    found = dict(iter(samples.groupby(["source", "metric"], observed=True)))
    for source, metric in wanted:
        if (source, metric) in found:
            times, values = (column(found[source, metric], name) for name in ("t", "value"))
            known = np.abs(values) < ABSURD
            yield Told(metric, source, times[known], values[known])


def _edges(run: Run, told: Told) -> Array:
    """Bins no finer than the samples came."""
    apart = float(np.median(np.diff(told.times)))
    return bin_edges(run.end, RATE_BINS if apart <= 0 else min(RATE_BINS, math.ceil(run.end / (A_BIN * apart))))


def _panel(told: Told, edges: Array) -> Panel:
    label = told.metric.replace("_", " ")
    line = series(label, "watched", middles(edges), binned_means(told.times, told.values, edges))
    return Panel(title=told.name, dimension="number", series=(line,))


def _widths(edges: Iterable[Array]) -> str:
    widths = sorted({float(each[1] - each[0]) for each in edges})
    return f"{' to '.join(map(number, {widths[0]: 0, widths[-1]: 0}))} s"


def _named(told: Sequence[Told]) -> str:
    return listed([*(each.name for each in told[:MOST]), *([f"{len(told) - MOST} more"] if told[MOST:] else [])])
