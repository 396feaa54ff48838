"""The figure of what machines and processes used, aligned with the load."""

from collections.abc import Sequence

import numpy as np

from report.analysis.holds import column
from report.analysis.run import Analysis
from report.document.chart import Chart, Panel
from report.recording.run import Run
from report.stats.quantiles import Array

from .binning import bin_edges, binned_means, middles, series
from .timeline import RATE_BINS, clients_panel, timeline

LOADS = {"load1": "1 min", "load5": "5 min", "load15": "15 min"}
"""Metrics of the load average, and the names of their lines."""
LOAD_AVERAGE = "load average of the target"
"""The panel that shows the host of the service alone."""
CPU_HOSTS = "CPU of hosts"
"""The panel of whole machines, as shares of all their cores."""
CPU_PROCESSES = "CPU of processes, in cores"
"""The panel of processes, and of the load generators."""
WATCHED = (
    (LOAD_AVERAGE, "number", tuple(LOADS)),
    (CPU_HOSTS, "share", ("cpu",)),
    (CPU_PROCESSES, "number", ("cpu",)),
    ("memory of processes", "bytes", ("rss",)),
    ("open files of processes", "number", ("fds",)),
)
"""The panels: title, dimension, metrics."""


def resources(analysis: Analysis) -> Chart | None:
    """What was watched, aligned with the load."""
    panels = [panel for panel in (_watched(analysis.run, *wanted) for wanted in WATCHED) if panel]
    if not panels:
        return None
    caption = "What the monitored machines and processes used, aligned with the load; for load generators, the busiest one."
    return timeline("resources", "Resources and load", caption, (clients_panel(analysis), *panels), analysis)


def _watched(run: Run, title: str, dimension: str, metrics: Sequence[str]) -> Panel | None:
    """One panel: load averages of the target's host alone, else the metric of each host or process that is watched."""
    edges = bin_edges(run.end, RATE_BINS)
    found: dict[str, list[Array]] = {}
    for (source, metric), rows in run.samples.groupby(["source", "metric"], observed=True):
        label = _label(run, title, str(source), str(metric)) if metric in metrics else None
        if label:
            found.setdefault(label, []).append(binned_means(column(rows, "t"), column(rows, "value"), edges))
    lines = [
        series(label, f"{title}-{i}", middles(edges), np.fmax.reduce(values)) for i, (label, values) in enumerate(found.items())
    ]
    return Panel(title=title, dimension=dimension, series=tuple(lines)) if lines else None


def _label(run: Run, title: str, source: str, metric: str) -> str | None:
    """What the samples of one source are called in the panel `title`; None if they don't belong there."""
    hosts = [watch.name for watch in run.profile.watch if watch.is_host]
    if title == LOAD_AVERAGE:
        return LOADS[metric] if source in hosts[:1] else None
    if source.startswith("generator-"):
        return "generators" if title == CPU_PROCESSES else None
    is_host = source in hosts or source.startswith("host-")
    return source if is_host == (title == CPU_HOSTS) else None
