"""The figures of how jobs fared before and after the load fell."""

import numpy as np

from report.analysis.recovery import Recovered, flow_of
from report.analysis.run import Analysis
from report.document.chart import Chart, Mark, Panel
from report.findings.recovery import cause
from report.recording.run import Run
from report.stats.quantiles import quantile
from report.stats.recovery import JOBS, SLOWER
from report.text import span

from .binning import series


def recovery(analysis: Analysis) -> tuple[Chart, ...]:
    """One figure a fall of the load, numbered; none where it isn't known what is normal."""
    drawn = (_chart(analysis.run, recovered, which) for which, recovered in enumerate(analysis.recoveries, 1))
    return tuple(chart for chart in drawn if chart)


def _chart(run: Run, recovered: Recovered, which: int) -> Chart | None:
    """p90 of jobs by the time they were due, around the moment."""
    normal, result, window = recovered.normal, recovered.result, recovered.window
    if normal is None or result is None:
        return None
    flow, end = flow_of(run), recovered.moment + result.watched
    starts = np.arange(normal.start, end - window, window / 3)
    rows = [flow.seconds[flow.between(start, start + window)] for start in starts]
    p90 = np.array([quantile(times, 0.9) if len(times) >= JOBS else np.nan for times in rows])
    p90[~np.isfinite(p90)] = np.nan
    lines = (
        series("p90", "p95", starts + window / 2, p90),
        series("as before", "completed", [normal.start, end], [SLOWER * normal.p90] * 2, "dashed"),
    )
    over = [] if recovered.over is None else [Mark(x=recovered.over, text="recovered")]
    caption = (
        f"p90 of the response time of jobs, by when they were due, until polls saw them done, in windows of {span(window)}; "
        f"dashed: {SLOWER:g} times the p90 before. Marked: the moment after which it is watched, and when all was as before."
    )
    return Chart(
        name=f"recovery-{which}",
        title=f"Response time of jobs before and after: {cause(recovered)}",
        caption=caption,
        x_title="",
        panels=(Panel(title="response time of jobs", dimension="seconds", series=lines, tall=True),),
        marks=(Mark(x=recovered.moment, text="" if over else "watched from here on"), *over),
    )
