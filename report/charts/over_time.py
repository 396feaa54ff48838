"""The data of the figures that are drawn over time."""

import math
from collections.abc import Sequence

import numpy as np

from report.analysis.holds import column, completions, job_ends
from report.analysis.run import Analysis
from report.analysis.steps.result import StepResult
from report.document.chart import Band, Chart, Mark, Panel, Series
from report.findings.what_broke import VERDICT_LEVELS
from report.recording.rows import COMPLETED
from report.recording.run import Run
from report.stats.quantiles import Array, count_until, in_flight
from report.text import number

from .binning import MIN_FOR_P95, bin_edges, binned_means, binned_quantiles, is_wide, middles, rates, series

RATE_BINS, TIME_BINS = 200, 100
CLOCK_SHIFT = 2.0
"""Server timestamps further from the client's clock than this, in seconds, can't be drawn on one axis."""


def hero(analysis: Analysis) -> Chart | None:
    """Load, throughput and jobs in flight over the whole run: what it all comes to."""
    if not len(analysis.run.requests):
        return None
    crowded = analysis.capacity.breaking is not None and bool(analysis.recoveries)
    throughput = Panel(title="jobs/s", dimension="rate", series=_job_rates(analysis), tall=not crowded)
    flying = Panel(
        title="jobs in flight", dimension="number", series=(_in_flight(analysis.run),), tall=analysis.capacity.breaking is None
    )
    caption = (
        "Jobs per second offered, submitted and completed (above), and jobs in flight (below). Shaded: the steps, with "
        "their clients; ✓ sustained, ✗ not sustained, ? can't be told."
        f"{' Grey, before them: the baseline, one job at a time.' if analysis.baseline else ''}"
        if analysis.run.profile.batch is None
        else "Jobs per second submitted and completed (above), and jobs in flight (below). Shaded: the batch, with its clients."
    )
    return timeline("overview", "The run at a glance", caption, (throughput, flying), analysis)


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


def service_times(analysis: Analysis) -> Chart | None:
    """Median and p95 of each endpoint's service time over time."""
    if not len(analysis.run.requests):
        return None
    edges = bin_edges(analysis.run.end, TIME_BINS)
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


def flights(analysis: Analysis) -> Chart | None:
    """Jobs in flight over time, queued and running apart where the service tells."""
    if not len(analysis.run.jobs):
        return None
    states, caption = _by_state(analysis.run), "Jobs submitted and not yet seen done."
    if states:
        caption += " Queued and running by the service's own timestamps, for the jobs that told them."
    panel = Panel(title="jobs", dimension="number", series=(*states, _in_flight(analysis.run)), tall=True)
    return timeline("in_flight", "Jobs in flight", caption, (panel,), analysis)


def resources(analysis: Analysis) -> Chart | None:
    """What was watched, aligned with the load."""
    panels = [panel for panel in (_watched(analysis.run, *wanted) for wanted in WATCHED) if panel]
    if not panels:
        return None
    caption = "What the monitored machines and processes used, aligned with the load; for load generators, the busiest one."
    return timeline("resources", "Resources and load", caption, (clients_panel(analysis), *panels), analysis)


LOADS = {"load1": "1 min", "load5": "5 min", "load15": "15 min"}
LOAD_AVERAGE, CPU_HOSTS, CPU_PROCESSES = "load average of the target", "CPU of hosts", "CPU of processes, in cores"
WATCHED = (
    (LOAD_AVERAGE, "number", tuple(LOADS)),
    (CPU_HOSTS, "share", ("cpu",)),
    (CPU_PROCESSES, "number", ("cpu",)),
    ("memory of processes", "bytes", ("rss",)),
    ("open files of processes", "number", ("fds",)),
)
"""Panels of the resources' figure: title, dimension, metrics."""


def timeline(name: str, title: str, caption: str, panels: Sequence[Panel], analysis: Analysis) -> Chart:
    """A figure over the time of the run: its steps shaded, what fired and what was done marked."""
    bands = tuple(_band(step) for step in analysis.steps if step.seconds > 0)
    if analysis.baseline:
        alone = analysis.baseline.hold
        bands = (Band(start=alone.start, end=alone.end, text=number(alone.step.clients), level="note"), *bands)
    fired = [Mark(x=fired.at, text=f"{fired.rule} fired") for fired in analysis.fired]
    begun = min((step.stage.ramp_start for step in analysis.steps), default=math.inf)
    over = max((step.hold[1] for step in analysis.steps if step.hold), default=-math.inf)
    done = [Mark(x=action.start, text=action.name) for action in analysis.actions if begun <= action.start < over]
    marks = (*fired, *done, *(Mark(x=one.over, text="recovered") for one in analysis.recoveries if one.over is not None))
    return Chart(name=name, title=title, caption=caption, x_title="", panels=tuple(panels), bands=bands, marks=marks)


def _band(step: StepResult) -> Band:
    start, end = step.hold or (0.0, 0.0)
    return Band(start=start, end=end, text=number(step.clients), level=VERDICT_LEVELS.get(step.verdict, "note"))


def _job_rates(analysis: Analysis) -> tuple[Series, ...]:
    edges = bin_edges(analysis.run.end, RATE_BINS // 2)
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
    x, y = _stairs(analysis)
    return series("offered", "offered", x, [analysis.run.profile.offered_rate(1) * clients for clients in y], "dashed")


def clients_panel(analysis: Analysis) -> Panel:
    """The load, to be set above what came of it."""
    x, y = _stairs(analysis)
    return Panel(title="clients", dimension="number", series=(series("clients", "clients", x, y),))


def _stairs(analysis: Analysis) -> tuple[list[float], list[float]]:
    """Clients over time: ramped up evenly, then held."""
    x, y, clients = [0.0], [0.0], 0.0
    for result in analysis.steps:
        step = result.stage
        top = step.hold_start if step.hold_start is not None else analysis.run.end
        x += [step.ramp_start, top]
        y += [clients, float(step.clients)]
        clients = float(step.clients)
    last = analysis.steps[-1].hold_end if analysis.steps else None
    if last is not None:
        x, y = [*x, last], [*y, clients]
        if last < analysis.run.end:
            x, y = [*x, last, analysis.run.end], [*y, 0.0, 0.0]
    return x, y


def _in_flight(run: Run) -> Series:
    moments = bin_edges(run.end, RATE_BINS)
    flying = in_flight(column(run.jobs, "due"), np.sort(job_ends(run.jobs)), moments)
    return series("in flight", "in_flight", moments, flying.astype(float))


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


def endpoints_of(run: Run) -> list[str]:
    """The endpoints that requests were sent to, in the order of a job's life."""
    present = [str(name) for name in run.requests["endpoint"].unique()]
    known = [name for name in run.profile.endpoints if name in present]
    return [*known, *sorted(set(present) - set(known))]
