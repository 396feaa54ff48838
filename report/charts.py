"""The data of the figures, binned so that a run of any length stays light."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from .analysis import Analysis
from .document import Band, Chart, Level, Mark, Panel, Series
from .holds import column, completions, job_ends
from .ladder import StepResult
from .measure import COMPLETED
from .runfolder import Run
from .stats import Array, carries, count_until, in_flight
from .text import number, rate

BINS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
"""Widths that a bin may have, in seconds."""

RATE_BINS, TIME_BINS = 200, 100
MIN_FOR_P95 = 20
LEVELS: dict[str, Level] = {"kept up": "good", "did not keep up": "bad", "cut short": "bad"}
CLOCK_SHIFT = 2.0
"""Server timestamps further from the client's clock than this, in seconds, can't be drawn on one axis."""


def bin_edges(end: float, bins: int) -> Array:
    """Edges of at most so many bins of a round width over [0, end]; the last ends with the run."""
    width = next((w for w in BINS if end / w <= bins), BINS[-1])
    edges = np.arange(0, end, width, dtype=np.float64)
    if len(edges) > 1 and end - edges[-1] < width / 2:
        edges = edges[:-1]
    return np.append(edges, end)


def series(label: str, role: str, x: Iterable[float], y: Iterable[float], style: str = "line") -> Series:
    """A series of a chart, with six significant digits, None for NaN."""
    return Series.model_validate(
        {
            "label": label,
            "role": role,
            "style": style,
            "x": tuple(_short(value) for value in x),
            "y": tuple(None if np.isnan(value) else _short(value) for value in y),
        }
    )


def hero(run: Run, analysis: Analysis) -> Chart | None:
    """Load, throughput and jobs in flight over the whole run: what it all comes to."""
    if not len(run.requests):
        return None
    throughput = Panel(title="jobs/s", dimension="rate", series=_job_rates(run, analysis), tall=True)
    flying = Panel(title="jobs in flight", dimension="number", series=(_in_flight(run),))
    caption = (
        "Jobs per second offered and completed (above), and jobs in flight (below). Shaded: the holds, by their "
        "clients; green where the service kept up, red where it did not."
    )
    return _timeline("overview", "The run at a glance", caption, (throughput, flying), run, analysis)


def throughput(run: Run, analysis: Analysis) -> Chart | None:
    """Requests per second by endpoint over time."""
    if not len(run.requests):
        return None
    edges = bin_edges(run.end, RATE_BINS)
    sent = column(run.requests, "sent")
    lines = [series("all", "all", _middles(edges), _rates(sent, edges))]
    for endpoint in _endpoints(run):
        some = sent[(run.requests["endpoint"] == endpoint).to_numpy()]
        lines.append(series(endpoint, endpoint, _middles(edges), _rates(some, edges)))
    failed = np.sort(sent[~run.requests["ok"].to_numpy()])
    if len(failed):
        lines.append(series("failed", "failed", _middles(edges), _rates(failed, edges)))
    caption = (
        "Requests per second. Polls grow with the jobs in flight: that more requests are sent does not mean more work is done."
    )
    return _timeline(
        "throughput",
        "Requests over time",
        caption,
        (Panel(title="requests/s", dimension="rate", series=tuple(lines), tall=True),),
        run,
        analysis,
    )


def response(run: Run, analysis: Analysis) -> Chart | None:
    """Median and p95 of each endpoint's response time over time."""
    if not len(run.requests):
        return None
    edges = bin_edges(run.end, TIME_BINS)
    panels = []
    for endpoint in _endpoints(run):
        rows = run.requests[run.requests["endpoint"] == endpoint]
        p50, p95 = _binned_quantiles(column(rows, "sent"), column(rows, "seconds"), edges)
        lines = (series("p95", "p95", _middles(edges), p95), series("median", "median", _middles(edges), p50))
        panels.append(Panel(title=endpoint, dimension="seconds", series=lines, log=_is_wide(p50, p95)))
    width = edges[1] - edges[0]
    caption = f"Response time of each endpoint, pooled over {width:g} s; p95 where these hold at least {MIN_FOR_P95} requests."
    return _timeline("response", "Response time over time", caption, tuple(panels), run, analysis)


def flights(run: Run, analysis: Analysis) -> Chart | None:
    """Jobs in flight over time, queued and running apart where the service tells."""
    if not len(run.jobs):
        return None
    states, caption = _by_state(run), "Jobs submitted and not yet seen done."
    if states:
        caption += " Queued and running by the service's own timestamps, for the jobs that told them."
    panel = Panel(title="jobs", dimension="number", series=(*states, _in_flight(run)), tall=True)
    return _timeline("in_flight", "Jobs in flight", caption, (panel,), run, analysis)


def resources(run: Run, analysis: Analysis) -> Chart | None:
    """What was watched, aligned with the load."""
    panels = [panel for panel in (_watched(run, *wanted) for wanted in WATCHED) if panel]
    if not panels:
        return None
    caption = "What the watched machines and processes used, aligned with the load."
    return _timeline("resources", "Resources and load", caption, (_clients(run, analysis), *panels), run, analysis)


def load_curve(run: Run, analysis: Analysis) -> Chart | None:
    """Load against throughput and latency, one point a step, the breaking point marked."""
    steps = sorted((step for step in analysis.steps if not np.isnan(step.completed)), key=lambda step: step.offered)
    if len(steps) < 2:
        return None
    x = [step.offered for step in steps]
    completed = (
        series("offered", "offered", x, x, "dashed"),
        series("completed", "completed", x, [step.completed for step in steps], "points"),
    )
    times = (
        series("p95", "p95", x, [step.p95 for step in steps], "points"),
        series("median", "median", x, [step.median for step in steps], "points"),
    )
    jobs = (series("median", "job", x, [step.job_time for step in steps], "points"),)
    panels = (
        Panel(title="jobs completed/s", dimension="rate", series=completed, tall=True),
        Panel(title="response time of requests", dimension="seconds", series=times),
        Panel(title="time of a job", dimension="seconds", series=jobs),
    )
    breaking = analysis.capacity.breaking
    marks = (Mark(x=breaking.offered, text=f"breaking point: {rate(breaking.offered)} offered"),) if breaking else ()
    caption = (
        "One point a step. Below its capacity a service completes what it is offered (dashed); from the breaking point "
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
    requests = pd.concat([hold.requests[["endpoint", "seconds"]] for hold in holds])
    jobs = pd.concat([hold.jobs[["due", "done_before"]] for hold in holds])
    by_endpoint = [
        _distribution(endpoint, endpoint, column(requests[requests["endpoint"] == endpoint], "seconds"))
        for endpoint in _endpoints(run)
    ]
    panels = [Panel(title="response time of requests", dimension="seconds", series=_some(by_endpoint), log=True, tall=True)]
    done = (jobs["done_before"] - jobs["due"]).dropna().to_numpy(dtype=np.float64)
    panels.append(Panel(title="time of a job", dimension="seconds", series=_some([_distribution("job", "job", done)]), log=True))
    caption = "How long the slowest share took: at p95, 95 % were at most so long. Each line ends where its sample does."
    return Chart(
        name="latency",
        title="Latency distribution",
        caption=caption,
        x_title="percentile",
        x_scale="percentile",
        panels=tuple(panel for panel in panels if panel.series),
    )


WATCHED = (
    ("load average", "number", (("load1", "1 min"), ("load5", "5 min"), ("load15", "15 min"))),
    ("CPU of hosts", "share", (("cpu", "host"),)),
    ("CPU of processes (cores)", "number", (("cpu", "process"),)),
    ("memory of processes", "bytes", (("rss", "process"),)),
    ("open files", "number", (("fds", "process"),)),
)


def _timeline(name: str, title: str, caption: str, panels: Sequence[Panel], run: Run, analysis: Analysis) -> Chart:
    bands = tuple(_band(step) for step in analysis.steps if step.step.seconds > 0)
    marks = tuple(Mark(x=fired.at, text=f"{fired.rule} fired") for fired in analysis.fired)
    return Chart(name=name, title=title, caption=caption, x_title="", panels=tuple(panels), bands=bands, marks=marks)


def _band(step: StepResult) -> Band:
    start, end = step.step.hold or (0.0, 0.0)
    return Band(start=start, end=end, text=number(step.clients), level=LEVELS.get(step.verdict, "note"))


def _job_rates(run: Run, analysis: Analysis) -> tuple[Series, ...]:
    edges = bin_edges(run.end, RATE_BINS // 2)
    done = _rates(completions(run.jobs), edges)
    submitted = _rates(column(run.jobs, "due"), edges)
    bad = run.jobs.loc[~run.jobs["outcome"].isin([*COMPLETED[:1], "abandoned"]), "ended"].to_numpy(dtype=np.float64)
    lines = [
        _offered(run, analysis),
        series("submitted", "submitted", _middles(edges), submitted),
        series("completed", "completed", _middles(edges), done),
    ]
    if len(bad):
        lines.append(series("not succeeded", "failed", _middles(edges), _rates(np.sort(bad), edges)))
    return tuple(lines)


def _offered(run: Run, analysis: Analysis) -> Series:
    x, y = _stairs(run, analysis)
    return series("offered", "offered", x, [run.profile.offered_rate(1) * clients for clients in y], "dashed")


def _clients(run: Run, analysis: Analysis) -> Panel:
    x, y = _stairs(run, analysis)
    return Panel(title="clients", dimension="number", series=(series("clients", "clients", x, y),))


def _stairs(run: Run, analysis: Analysis) -> tuple[list[float], list[float]]:
    """Clients over time: ramped up evenly, then held."""
    x, y, clients = [0.0], [0.0], 0.0
    for result in analysis.steps:
        step = result.step
        top = step.hold_start if step.hold_start is not None else run.end
        x += [step.ramp_start, top]
        y += [clients, float(step.clients)]
        clients = float(step.clients)
    last = analysis.steps[-1].step.hold_end if analysis.steps else None
    if last is not None:
        x, y = [*x, last], [*y, clients]
        if last < run.end:
            x, y = [*x, last, run.end], [*y, 0.0, 0.0]
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


def _watched(run: Run, title: str, dimension: str, metrics: Sequence[tuple[str, str]]) -> Panel | None:
    hosts = {watch.name for watch in run.profile.watch if watch.host}
    edges = bin_edges(run.end, RATE_BINS)
    lines: list[Series] = []
    for (source, metric), rows in run.samples.groupby(["source", "metric"], observed=True):
        kind = "host" if source in hosts or str(source).startswith("host-") else "process"
        wanted = dict(metrics).get(str(metric))
        if wanted is None or (wanted in ("host", "process") and wanted != kind):
            continue
        label = str(source) if wanted in ("host", "process") else wanted
        if wanted not in ("host", "process") and len(hosts) > 1:
            label = f"{source} {wanted}"
        if str(source).startswith("generator-") and metric != "cpu":
            continue
        values = _binned_means(column(rows, "t"), column(rows, "value"), edges)
        lines.append(series(label, f"{metric}-{len(lines)}", _middles(edges), values))
    return Panel(title=title, dimension=dimension, series=tuple(lines)) if lines else None


def _distribution(label: str, role: str, values: Array) -> Series | None:
    ps = [p for p in PERCENTILE_GRID if carries(len(values), p)]
    if not ps:
        return None
    return series(label, role, ps, np.quantile(values, ps))


PERCENTILE_GRID = tuple(float(p) for p in np.round(1 - np.logspace(0, -4, 81), 6))


def _some(lines: Iterable[Series | None]) -> tuple[Series, ...]:
    return tuple(line for line in lines if line is not None)


def _endpoints(run: Run) -> list[str]:
    present = [str(name) for name in run.requests["endpoint"].unique()]
    known = [name for name in run.profile.endpoints if name in present]
    return [*known, *sorted(set(present) - set(known))]


def _middles(edges: Array) -> Array:
    return (edges[:-1] + edges[1:]) / 2


def _rates(times: Array, edges: Array) -> Array:
    """Events per second in each bin, from their times (sorted)."""
    return np.diff(np.searchsorted(times, edges)) / np.diff(edges)


def _binned_means(times: Array, values: Array, edges: Array) -> Array:
    at = np.searchsorted(times, edges)
    sums = np.append(0.0, np.cumsum(values))[at]
    counts = np.diff(at)
    return np.where(counts > 0, np.diff(sums) / np.maximum(counts, 1), np.nan)


def _binned_quantiles(times: Array, values: Array, edges: Array) -> tuple[Array, Array]:
    at = np.searchsorted(times, edges)
    parts = [values[first:last] for first, last in zip(at[:-1], at[1:], strict=True)]
    p50 = [np.quantile(part, 0.5) if len(part) else np.nan for part in parts]
    p95 = [np.quantile(part, 0.95) if len(part) >= MIN_FOR_P95 else np.nan for part in parts]
    return np.array(p50), np.array(p95)


def _is_wide(*values: Array) -> bool:
    """Whether the values span so much that only a logarithmic axis shows them."""
    together = np.concatenate(values)
    together = together[np.isfinite(together) & (together > 0)]
    return len(together) > 0 and float(together.max() / np.median(together)) > 15


def _short(value: float) -> float:
    return float(f"{value:.6g}")
