"""Which watched metrics and times crept upwards during the longest hold, how fast, and until which limit."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from report.recording.run import Run
from report.stats.quantiles import Array
from report.stats.trend import DROP, TimeSeries, Trend, judge

from .holds import Hold, column, completions
from .resources import GENERATOR

COUNTS = {"fds": 10.0, "threads": 10.0, "sockets": 10.0}
"""Metrics that count something, and by how much they must grow to be worth a word."""
SHARE_OF_HOST = 0.02
"""So much of a host's memory must have gone."""
SLOWER = 0.1
"""By this share of its median a time must have risen: a shared machine drifts by less."""
TIME = "time taken"
HOST_METRICS = ("memory",)
"""What of a watched host can leak."""
PROCESS_METRICS = ("rss", "fds", "threads", "sockets")
"""What of a watched process can."""


@dataclass(frozen=True)
class Watched:
    """One series that was judged: `source` and `metric` as in samples.csv, or the times of `source`, requests or jobs; its
    `dimension` is seconds, bytes, share or number."""

    source: str
    metric: str
    dimension: str
    series: TimeSeries


@dataclass(frozen=True)
class Exhaustion:
    """When a metric meets its `limit`: in `expected` seconds from the end of the hold, in (`soonest`, `latest`) by the
    95 % interval of the slope (latest: inf where that reaches down to 0). Less than 0: so long before it, by the line through
    what was measured."""

    limit: float
    expected: float
    soonest: float
    latest: float


@dataclass(frozen=True)
class Crept:
    """One series and its trend; `per_job`: growth per completed job, `exhaustion` where it leaks and a limit is known."""

    watched: Watched
    trend: Trend
    per_job: float
    exhaustion: Exhaustion | None


@dataclass(frozen=True)
class Leaks:
    """The longest hold [start, end) of step `step`, `least` seconds of which are needed, and every series judged in it
    (none in a shorter hold)."""

    step: int
    start: float
    end: float
    least: float
    all: tuple[Crept, ...]

    @property
    def found(self) -> tuple[Crept, ...]:
        """What leaks."""
        return tuple(crept for crept in self.all if crept.trend.verdict == "leak")

    @property
    def judged(self) -> bool:
        """Whether the hold was long enough, and anything could be judged."""
        return any(crept.trend.verdict != "inconclusive" for crept in self.all)


def leaks_of(run: Run, holds: Sequence[Hold]) -> Leaks | None:
    """What crept upwards in the longest hold; None if there is none."""
    if not holds:
        return None
    hold, least = max(holds, key=lambda hold: hold.seconds), run.profile.method.leak_min
    if hold.seconds < least:
        return Leaks(hold.step.number, hold.start, hold.end, least, ())
    watched = [*_sampled(run, hold), *_times(run, hold)]
    trends = judge([one.series for one in watched], hold.start, hold.end)
    done = completions(run.jobs)
    first, last = np.searchsorted(done, [hold.start + DROP * hold.seconds, hold.end])
    jobs = float(last - first) / (hold.seconds * (1 - DROP))
    crept = (
        Crept(one, trend, trend.slope / jobs if jobs else math.nan, _exhaustion(run, hold, one, trend))
        for one, trend in zip(watched, trends, strict=True)
    )
    return Leaks(hold.step.number, hold.start, hold.end, least, tuple(crept))


def _sampled(run: Run, hold: Hold) -> Iterator[Watched]:
    hosts = {watch.name for watch in run.profile.watch if watch.is_host}
    for (source, metric), rows in hold.samples.groupby(["source", "metric"], observed=True):
        if metric in HOST_METRICS and source in hosts:
            yield Watched(str(source), str(metric), "share", _series(rows, SHARE_OF_HOST))
        elif metric in PROCESS_METRICS and not str(source).startswith(GENERATOR):
            dimension = "bytes" if metric == "rss" else "number"
            yield Watched(str(source), str(metric), dimension, _series(rows, COUNTS.get(str(metric))))


def _series(rows: pd.DataFrame, matters: float | None) -> TimeSeries:
    return TimeSeries(column(rows, "t"), column(rows, "value"), matters)


def _times(run: Run, hold: Hold) -> Iterator[Watched]:
    due, done = column(hold.jobs, "due"), column(hold.jobs, "done_before")
    seen = ~np.isnan(done)
    yield _slowing("job", due[seen], (done - due)[seen])
    sent, took = column(hold.requests, "sent"), column(hold.requests, "seconds")
    for endpoint in run.profile.endpoints:
        chosen = (hold.requests["endpoint"] == endpoint).to_numpy()
        yield _slowing(endpoint, sent[chosen], took[chosen])


def _slowing(source: str, times: Array, seconds: Array) -> Watched:
    matters = SLOWER * float(np.median(seconds)) if len(seconds) else 0.0
    return Watched(source, TIME, "seconds", TimeSeries(times, seconds, matters))


def _exhaustion(run: Run, hold: Hold, watched: Watched, trend: Trend) -> Exhaustion | None:
    limit = _limit(run, hold, watched)
    if limit is None or trend.verdict != "leak":
        return None
    left = limit - trend.now
    ends = sorted(left / slope if slope > 0 else math.copysign(math.inf, left) for slope in (trend.low, trend.high))
    return Exhaustion(limit, left / trend.slope, *ends)


def _limit(run: Run, hold: Hold, watched: Watched) -> float | None:
    """Where the metric must end: the memory of the machine, or the most files that the process may open."""
    match watched.metric:
        case "memory":
            return 1.0
        case "rss" if run.info.machines:
            return float(run.info.machines[0].memory)
        case "fds":
            rows = hold.samples[(hold.samples["source"] == watched.source) & (hold.samples["metric"] == "fd_limit")]
            return float(rows["value"].iloc[-1]) if len(rows) else None
    return None
