"""The figure of jobs in flight over time."""

import numpy as np

from report.analysis.holds import column, job_ends
from report.analysis.run import Analysis
from report.document.chart import Chart, Panel, Series
from report.recording.run import Run
from report.stats.quantiles import count_until
from report.stats.quantiles import in_flight as flight_count

from .binning import bin_edges, series
from .timeline import RATE_BINS, timeline

CLOCK_SHIFT = 2.0
"""Server timestamps further from the client's clock than this, in seconds, can't be drawn on one axis."""


def in_flight(analysis: Analysis) -> Chart | None:
    """Jobs in flight over time, queued and running apart where the service tells."""
    if not len(analysis.run.jobs):
        return None
    states, caption = _by_state(analysis.run), "Jobs submitted and not yet seen done."
    if states:
        caption += " Queued and running by the service's own timestamps, for the jobs that told them."
    panel = Panel(title="jobs", dimension="number", series=(*states, flying(analysis.run)), tall=True)
    return timeline("in_flight", "Jobs in flight", caption, (panel,), analysis)


def flying(run: Run) -> Series:
    """Jobs submitted and not yet seen done, over the whole run."""
    moments = bin_edges(run.end, RATE_BINS)
    count = flight_count(column(run.jobs, "due"), np.sort(job_ends(run.jobs)), moments)
    return series("in flight", "in_flight", moments, count.astype(float))


def _by_state(run: Run) -> tuple[Series, ...]:
    times = run.jobs[["created", "started", "finished"]].dropna(how="all") - run.info.epoch
    sent = run.jobs.loc[times.index, "sent"]
    if not len(times) or abs(float((times["created"] - sent).median())) > CLOCK_SHIFT:
        return ()
    moments = bin_edges(run.end, RATE_BINS)
    told = {name: count_until(np.sort(times[name].dropna().to_numpy()), moments) for name in times}
    running, queued = told["started"] - told["finished"], told["created"] - told["started"]
    return (
        series("running", "running", moments, running.astype(float), "area"),
        series("queued", "queued", moments, queued.astype(float), "area"),
    )
