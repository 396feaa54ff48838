"""The figures that aren't drawn over time: load against what it got, and the latency distribution."""

from collections.abc import Iterable

import numpy as np

from report.analysis.holds import column, pooled
from report.analysis.response_times import NEEDS
from report.analysis.run import Analysis
from report.document.chart import Chart, Mark, Panel, Series
from report.stats.quantiles import Array, carries
from report.text import rate

from .binning import series
from .over_time import endpoints_of

TENANTS = 6
"""Lines that a figure has colours for."""
PERCENTILE_GRID = tuple(float(p) for p in np.round(1 - np.logspace(0, -4, 81), 6))


def load_curve(analysis: Analysis) -> Chart | None:
    """Load against throughput and latency, one point a step, the breaking point marked."""
    held = (step for step in analysis.steps if step.role == "load" and not np.isnan(step.completed))
    steps = sorted(held, key=lambda step: step.offered)
    if len(steps) < 2:
        return None
    bend = analysis.saturated.bend if analysis.saturated else None
    x = [step.offered for step in steps]
    style = "points" if len(set(x)) == len(x) else "dots"
    completed = (
        series("offered", "offered", x, x, "dashed"),
        *_fitted(analysis, x),
        series("completed", "completed", x, [step.completed for step in steps], "dots" if bend else style),
        *_confirmed(analysis),
    )
    times = (
        series("p95", "p95", x, [step.p95 for step in steps], style),
        series("median", "median", x, [step.median for step in steps], style),
    )
    jobs = (series("median", "job", x, [step.job_time for step in steps], style),)
    panels = (
        Panel(title="jobs completed/s", dimension="rate", series=completed, tall=True),
        Panel(title="service time of requests", dimension="seconds", series=times),
        Panel(title="response time of jobs", dimension="seconds", series=jobs),
    )
    breaking = analysis.capacity.breaking
    marks = (Mark(x=breaking.offered, text=f"breaking point: {rate(breaking.offered)} offered"),) if breaking else ()
    caption = (
        "One point per step. Below its capacity a service completes what it is offered (dashed); from the breaking point "
        "on it falls behind, and jobs wait ever longer."
    )
    if bend:
        caption += " Fitted: the two straight lines that lie nearest to the points; the flat one is the capacity."
    title = "Load against throughput and latency"
    return Chart(
        name="load", title=title, caption=caption, x_title="jobs/s offered", x_scale="number", panels=panels, marks=marks
    )


def bend(analysis: Analysis) -> Chart | None:
    """Load against throughput alone, with the two segments: what a capacity search found."""
    curve = load_curve(analysis)
    if curve is None:
        return None
    caption = (
        "One point per step. The service completes what it is offered (dashed), until throughput stops growing: there the two "
        "straight lines that lie nearest to the points meet."
    )
    update = {"name": "capacity", "title": "Capacity", "caption": caption, "panels": curve.panels[:1], "marks": ()}
    return curve.model_copy(update=update)


def _fitted(analysis: Analysis, x: list[float]) -> tuple[Series, ...]:
    """The two segments, drawn against the jobs offered per second."""
    found = analysis.saturated
    if found is None or found.seen.knee is None or found.seen.state != "found":
        return ()
    seen, offered = found.seen, analysis.run.profile.offered_rate(1) if found.by_clients else 1.0
    assert seen.knee is not None
    bends = sorted({x[0], *([seen.knee * offered] if x[0] < seen.knee * offered < x[-1] else []), x[-1]})
    return (series("fitted", "p95", bends, [min(load / offered / seen.cycle, seen.capacity) for load in bends]),)


def _confirmed(analysis: Analysis) -> tuple[Series, ...]:
    step = analysis.saturated.confirmed if analysis.saturated else None
    return (series("held at 90 %", "result", [step.offered], [step.completed], "dots"),) if step else ()


def distributions(analysis: Analysis) -> Chart | None:
    """The latency distributions, as far as the samples carry them."""
    held = {hold.step.number: hold for hold in analysis.holds}
    if analysis.latency is None:
        return None
    holds = [held[step] for step in analysis.latency.steps]
    requests = pooled([hold.requests for hold in holds], ["endpoint", "seconds"])
    jobs = pooled([hold.jobs for hold in holds], NEEDS)
    by_endpoint = [
        _distribution(endpoint, endpoint, column(requests[requests["endpoint"] == endpoint], "seconds"))
        for endpoint in endpoints_of(analysis.run)
    ]
    panels = [Panel(title="service time of requests", dimension="seconds", series=_some(by_endpoint), log=True, tall=True)]
    found = {p: value for p, value in analysis.completion.quantiles(jobs, PERCENTILE_GRID).items() if value is not None}
    line = series("job", "job", list(found), np.array(list(found.values()))) if found else None
    panels.append(Panel(title="response time of jobs", dimension="seconds", series=_some([line]), log=True))
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


def tenants(analysis: Analysis) -> Chart | None:
    """How long the jobs of each tenant took, as far as the samples carry it."""
    if analysis.tenants is None:
        return None
    jobs = pooled([hold.jobs for hold in analysis.holds], ["tenant", "due", "done_before"])
    times = column(jobs, "done_before") - column(jobs, "due")
    named = [(each.name, times[(jobs["tenant"] == each.name).to_numpy() & ~np.isnan(times)]) for each in analysis.tenants.each]
    lines = _some(_distribution(name, f"tenant-{i}", values) for i, (name, values) in enumerate(named[:TENANTS]))
    if not lines:
        return None
    left = f" The first {TENANTS} tenants." if named[TENANTS:] else ""
    return Chart(
        name="tenants",
        title="Response time of jobs by tenant",
        caption=f"From the moment a job was due until it was seen done. Each line ends where its sample does.{left}",
        x_title="percentile",
        x_scale="percentile",
        panels=(Panel(title="response time of jobs", dimension="seconds", series=lines, log=True, tall=True),),
    )


def _distribution(label: str, role: str, values: Array) -> Series | None:
    ps = [p for p in PERCENTILE_GRID if carries(len(values), p)]
    if not ps:
        return None
    return series(label, role, ps, np.quantile(values, ps))


def _some(lines: Iterable[Series | None]) -> tuple[Series, ...]:
    return tuple(line for line in lines if line is not None)
