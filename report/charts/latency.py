"""The figures of how long requests and jobs took, as distributions."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from report.analysis.holds import Hold, column, pooled
from report.analysis.job_times.response_times import NEEDS
from report.analysis.run import Analysis
from report.document.chart import Chart, Panel, Series
from report.stats.quantiles import Array, carries

from .binning import series
from .endpoints import endpoints_of

TENANTS = 6
"""Lines that a figure has colours for."""
PERCENTILE_GRID = tuple(float(p) for p in np.round(1 - np.logspace(0, -4, 81), 6))
"""Percentiles that a line is drawn through, ever closer together towards the highest."""


def latency(analysis: Analysis) -> Chart | None:
    """The latency distributions, as far as the samples carry them."""
    if analysis.latency is None:
        return None
    held = {hold.step.number: hold for hold in analysis.holds}
    holds = [held[step] for step in analysis.latency.steps]
    requests = Panel(
        title="service time of requests", dimension="seconds", series=_requests(analysis, holds), log=True, tall=True
    )
    jobs = Panel(title="response time of jobs", dimension="seconds", series=_jobs(analysis, holds), log=True)
    panels = tuple(panel for panel in (requests, jobs) if panel.series)
    if not panels:
        return None
    caption = (
        "At p95, 95 % took no longer than the time shown. Each line ends at the highest percentile that its sample supports."
    )
    return Chart(
        name="latency", title="Latency distribution", caption=caption, x_title="percentile", x_scale="percentile", panels=panels
    )


def _requests(analysis: Analysis, holds: Sequence[Hold]) -> tuple[Series, ...]:
    """The service time of each endpoint."""
    rows = pooled([hold.requests for hold in holds], ["endpoint", "seconds"])
    return _some(
        _distribution(endpoint, endpoint, column(rows[rows["endpoint"] == endpoint], "seconds"))
        for endpoint in endpoints_of(analysis.run)
    )


def _jobs(analysis: Analysis, holds: Sequence[Hold]) -> tuple[Series, ...]:
    """The response time of jobs, at those percentiles that are known."""
    jobs = pooled([hold.jobs for hold in holds], NEEDS)
    found = {p: value for p, value in analysis.completion.quantiles(jobs, PERCENTILE_GRID).items() if value is not None}
    return (series("job", "job", list(found), np.array(list(found.values()))),) if found else ()


def tenants(analysis: Analysis) -> Chart | None:
    """How long the jobs of each tenant took, as far as the samples carry it."""
    if analysis.tenants is None:
        return None
    jobs = pooled([hold.jobs for hold in analysis.holds], ["tenant", *NEEDS])
    named = [(each.name, _ended(analysis, jobs[jobs["tenant"] == each.name])) for each in analysis.tenants.each[:TENANTS]]
    lines = _some(_distribution(name, f"tenant-{i}", values) for i, (name, values) in enumerate(named))
    if not lines:
        return None
    left = f" The first {TENANTS} tenants." if analysis.tenants.each[TENANTS:] else ""
    return Chart(
        name="tenants",
        title="Response time of jobs by tenant",
        caption=f"From the moment a job was due to its end, of jobs seen done. Each line ends where its sample does.{left}",
        x_title="percentile",
        x_scale="percentile",
        panels=(Panel(title="response time of jobs", dimension="seconds", series=lines, log=True, tall=True),),
    )


def _ended(analysis: Analysis, jobs: pd.DataFrame) -> Array:
    times = analysis.completion.times(jobs)
    return times[np.isfinite(times)]


def _distribution(label: str, role: str, values: Array) -> Series | None:
    ps = [p for p in PERCENTILE_GRID if carries(len(values), p)]
    if not ps:
        return None
    return series(label, role, ps, np.quantile(values, ps))


def _some(lines: Iterable[Series | None]) -> tuple[Series, ...]:
    return tuple(line for line in lines if line is not None)
