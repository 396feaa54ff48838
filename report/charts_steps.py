"""The figures that aren't drawn over time: load against what it got, and the latency distribution."""

from collections.abc import Iterable

import numpy as np

from .analysis import Analysis
from .binning import series
from .charts import endpoints_of
from .document import Chart, Mark, Panel, Series
from .holds import column, pooled
from .runfolder import Run
from .stats import Array, carries
from .text import rate

PERCENTILE_GRID = tuple(float(p) for p in np.round(1 - np.logspace(0, -4, 81), 6))


def load_curve(analysis: Analysis) -> Chart | None:
    """Load against throughput and latency, one point a step, the breaking point marked."""
    steps = sorted((step for step in analysis.steps if not np.isnan(step.completed)), key=lambda step: step.offered)
    if len(steps) < 2:
        return None
    x = [step.offered for step in steps]
    style = "points" if len(set(x)) == len(x) else "dots"
    completed = (
        series("offered", "offered", x, x, "dashed"),
        series("completed", "completed", x, [step.completed for step in steps], style),
    )
    times = (
        series("p95", "p95", x, [step.p95 for step in steps], style),
        series("median", "median", x, [step.median for step in steps], style),
    )
    jobs = (series("median", "job", x, [step.job_time for step in steps], style),)
    panels = (
        Panel(title="jobs completed/s", dimension="rate", series=completed, tall=True),
        Panel(title="response time of requests", dimension="seconds", series=times),
        Panel(title="time of a job", dimension="seconds", series=jobs),
    )
    breaking = analysis.capacity.breaking
    marks = (Mark(x=breaking.offered, text=f"breaking point: {rate(breaking.offered)} offered"),) if breaking else ()
    caption = (
        "One point per step. Below its capacity a service completes what it is offered (dashed); from the breaking point "
        "on it falls behind, and jobs wait ever longer."
    )
    title = "Load against throughput and latency"
    return Chart(
        name="load", title=title, caption=caption, x_title="jobs/s offered", x_scale="number", panels=panels, marks=marks
    )


def distributions(run: Run, analysis: Analysis) -> Chart | None:
    """The latency distributions, as far as the samples carry them."""
    held = {hold.step.number: hold for hold in analysis.holds}
    if analysis.latency is None:
        return None
    holds = [held[step] for step in analysis.latency.steps]
    requests = pooled([hold.requests for hold in holds], ["endpoint", "seconds"])
    jobs = pooled([hold.jobs for hold in holds], ["due", "done_before"])
    by_endpoint = [
        _distribution(endpoint, endpoint, column(requests[requests["endpoint"] == endpoint], "seconds"))
        for endpoint in endpoints_of(run)
    ]
    panels = [Panel(title="response time of requests", dimension="seconds", series=_some(by_endpoint), log=True, tall=True)]
    done = (jobs["done_before"] - jobs["due"]).dropna().to_numpy(dtype=np.float64)
    panels.append(Panel(title="time of a job", dimension="seconds", series=_some([_distribution("job", "job", done)]), log=True))
    panels = [panel for panel in panels if panel.series]
    if not panels:
        return None
    caption = (
        "At p95, 95 % took no longer than the time shown. Each line ends at the highest percentile that its sample supports."
    )
    return Chart(
        name="latency",
        title="Latency distribution",
        caption=caption,
        x_title="percentile",
        x_scale="percentile",
        panels=tuple(panels),
    )


def _distribution(label: str, role: str, values: Array) -> Series | None:
    ps = [p for p in PERCENTILE_GRID if carries(len(values), p)]
    if not ps:
        return None
    return series(label, role, ps, np.quantile(values, ps))


def _some(lines: Iterable[Series | None]) -> tuple[Series, ...]:
    return tuple(line for line in lines if line is not None)
