"""The figures of load against throughput and latency."""

from collections.abc import Sequence

import numpy as np

from report.analysis.run import Analysis
from report.analysis.steps.result import StepResult
from report.document.chart import Chart, Mark, Panel, Series
from report.text import rate

from .binning import series


def load_curve(analysis: Analysis) -> Chart | None:
    """Load against throughput and latency, one point a step, the breaking point marked."""
    held = (step for step in analysis.steps if step.role == "load" and not np.isnan(step.completed))
    steps = sorted(held, key=lambda step: step.offered)
    if len(steps) < 2:
        return None
    breaking = analysis.capacity.breaking
    marks = (Mark(x=breaking.offered, text=f"breaking point: {rate(breaking.offered)} offered"),) if breaking else ()
    caption = (
        "One point per step. Below its capacity a service completes what it is offered (dashed); from the breaking point "
        "on it falls behind, and jobs wait ever longer."
    )
    if _bends(analysis):
        caption += " Fitted: the two straight lines that lie nearest to the points; the flat one is the capacity."
    return Chart(
        name="load",
        title="Load against throughput and latency",
        caption=caption,
        x_title="jobs/s offered",
        x_scale="number",
        panels=_panels(analysis, steps),
        marks=marks,
    )


def _panels(analysis: Analysis, steps: Sequence[StepResult]) -> tuple[Panel, ...]:
    """Throughput, service time of requests, response time of jobs. Points of one load each are joined by lines."""
    x = [step.offered for step in steps]
    style = "points" if len(set(x)) == len(x) else "dots"
    completed = (
        series("offered", "offered", x, x, "dashed"),
        *_fitted(analysis, x),
        series("completed", "completed", x, [step.completed for step in steps], "dots" if _bends(analysis) else style),
        *_confirmed(analysis),
    )
    times = (
        series("p95", "p95", x, [step.p95 for step in steps], style),
        series("median", "median", x, [step.median for step in steps], style),
    )
    jobs = (series("median", "job", x, [step.job_time for step in steps], style),)
    return (
        Panel(title="jobs completed/s", dimension="rate", series=completed, tall=True),
        Panel(title="service time of requests", dimension="seconds", series=times),
        Panel(title="response time of jobs", dimension="seconds", series=jobs),
    )


def _bends(analysis: Analysis) -> bool:
    return analysis.saturated is not None and bool(analysis.saturated.bend)


def capacity(analysis: Analysis) -> Chart | None:
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
