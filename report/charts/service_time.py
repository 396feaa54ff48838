"""The figure of each endpoint's service time over time."""

from report.analysis.holds import column
from report.analysis.run import Analysis
from report.document.chart import Chart, Panel

from .binning import MIN_FOR_P95, bin_edges, binned_quantiles, is_wide, middles, series
from .endpoints import endpoints_of
from .timeline import timeline

BINS = 100
"""Bins that a line has at most: each must hold enough requests for a median."""


def service_time(analysis: Analysis) -> Chart | None:
    """Median and p95 of each endpoint's service time over time."""
    if not len(analysis.run.requests):
        return None
    edges = bin_edges(analysis.run.end, BINS)
    panels = []
    for endpoint in endpoints_of(analysis.run):
        rows = analysis.run.requests[analysis.run.requests["endpoint"] == endpoint]
        p50, p95 = binned_quantiles(column(rows, "sent"), column(rows, "seconds"), edges)
        lines = (series("p95", "p95", middles(edges), p95), series("median", "median", middles(edges), p50))
        panels.append(Panel(title=endpoint, dimension="seconds", series=lines, log=is_wide(p50, p95)))
    width = edges[1] - edges[0]
    caption = (
        f"Service time of each endpoint, from sending to the reply, per {width:g} s; p95 where there are at least {MIN_FOR_P95} "
        "requests."
    )
    return timeline("service_time", "Service time over time", caption, tuple(panels), analysis)
