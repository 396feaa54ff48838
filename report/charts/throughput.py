"""The figure of requests per second over time."""

import numpy as np

from report.analysis.holds import column
from report.analysis.run import Analysis
from report.document.chart import Chart, Panel

from .binning import bin_edges, middles, rates, series
from .endpoints import endpoints_of
from .timeline import RATE_BINS, timeline


def throughput(analysis: Analysis) -> Chart | None:
    """Requests per second by endpoint over time."""
    if not len(analysis.run.requests):
        return None
    edges = bin_edges(analysis.run.end, RATE_BINS)
    sent = column(analysis.run.requests, "sent")
    lines = [series("all", "all", middles(edges), rates(sent, edges))]
    for endpoint in endpoints_of(analysis.run):
        some = sent[(analysis.run.requests["endpoint"] == endpoint).to_numpy()]
        lines.append(series(endpoint, endpoint, middles(edges), rates(some, edges)))
    failed = np.sort(sent[~analysis.run.requests["ok"].to_numpy()])
    if len(failed):
        lines.append(series("failed", "failed", middles(edges), rates(failed, edges)))
    caption = "Requests per second. Polls grow with the jobs in flight, so more requests do not mean that more jobs are done."
    return timeline(
        "throughput",
        "Requests over time",
        caption,
        (Panel(title="requests/s", dimension="rate", series=tuple(lines), tall=True),),
        analysis,
    )
