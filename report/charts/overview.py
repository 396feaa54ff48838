"""The figure of page 1: load, throughput and jobs in flight over the whole run."""

import numpy as np

from report.analysis.holds import column, completions
from report.analysis.run import Analysis
from report.document.chart import Chart, Panel, Series
from report.recording.rows import COMPLETED

from .binning import bin_edges, middles, rates, series
from .in_flight import flying
from .timeline import RATE_BINS, stairs, timeline

BINS = RATE_BINS // 2
"""Bins of the rates: jobs are fewer than requests, so in finer ones they would jump."""


def overview(analysis: Analysis) -> Chart | None:
    """Load, throughput and jobs in flight over the whole run: what it all comes to."""
    if not len(analysis.run.requests):
        return None
    crowded = analysis.capacity.breaking is not None and bool(analysis.recoveries)
    throughput = Panel(title="jobs/s", dimension="rate", series=_job_rates(analysis), tall=not crowded)
    open_jobs = Panel(
        title="jobs in flight", dimension="number", series=(flying(analysis.run),), tall=analysis.capacity.breaking is None
    )
    caption = (
        "Jobs per second offered, submitted and completed (above), and jobs in flight (below). Shaded: the steps, with "
        "their clients; ✓ sustained, ✗ not sustained, ? can't be told."
        f"{' Grey, before them: the baseline, one job at a time.' if analysis.baseline else ''}"
        if analysis.run.profile.batch is None
        else "Jobs per second submitted and completed (above), and jobs in flight (below). Shaded: the batch, with its clients."
    )
    return timeline("overview", "The run at a glance", caption, (throughput, open_jobs), analysis)


def _job_rates(analysis: Analysis) -> tuple[Series, ...]:
    edges = bin_edges(analysis.run.end, BINS)
    jobs = analysis.run.jobs
    done = rates(completions(jobs), edges)
    submitted = rates(column(jobs, "due"), edges)
    bad = jobs.loc[~jobs["outcome"].isin([*COMPLETED[:1], "abandoned"]), "ended"].to_numpy(dtype=np.float64)
    lines = [
        *([_offered(analysis)] if analysis.run.profile.batch is None else []),
        series("submitted", "submitted", middles(edges), submitted),
        series("completed", "completed", middles(edges), done),
    ]
    if len(bad):
        lines.append(series("not succeeded", "failed", middles(edges), rates(np.sort(bad), edges)))
    return tuple(lines)


def _offered(analysis: Analysis) -> Series:
    x, y = stairs(analysis)
    return series("offered", "offered", x, [analysis.run.profile.offered_rate(1) * clients for clients in y], "dashed")
