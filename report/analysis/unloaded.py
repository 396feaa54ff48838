"""The unloaded service: what the jobs of the baseline took, one at a time, and whether they had the service to themselves."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from report.analysis.steps.result import Capacity, StepResult
from report.measure import server_times
from report.recording.run import Run
from report.recording.steps import read_baseline
from report.stats.intervals import Interval
from report.stats.quantiles import Array, quantile
from report.stats.unloaded import Unloaded, unloaded, unloaded_between

from .holds import Hold, column, cut_holds
from .job_times.response_times import Completion
from .latency import job_distribution
from .resources import target_host


@dataclass(frozen=True)
class Alone:
    """What one thing took: `level` unloaded (None: fewer than 20 of them), and its median under the load of a step; seconds,
    NaN where it isn't known. `blur`: the seconds between two polls, where these alone tell when a job was done and it takes less
    than that; else 0. `sure`: the median under load with its interval, where it has one."""

    name: str
    n: int
    level: Unloaded | None
    loaded: float
    blur: float = 0.0
    sure: Interval | None = None

    @property
    def factor(self) -> float:
        """How many times as long it took under load."""
        known = self.level is not None and self.level.median > 0 and np.isfinite(self.loaded) and not self.blur
        return self.loaded / self.level.median if self.level and known else math.nan

    @property
    def factor_between(self) -> tuple[float, float] | None:
        """The factor if both medians lie at the far ends of their intervals."""
        if np.isnan(self.factor) or self.level is None or self.sure is None or self.level.low <= 0:
            return None
        return self.sure.low / self.level.high, self.sure.high / self.level.low


@dataclass(frozen=True)
class Baseline:
    """`job` and `requests` (by endpoint) of the `hold` of the baseline, against those of step number `against`, the last that
    was sustained, else the first that was held (None: there is none). `first`: median job time of the first step.

    `queue`, `processing`: medians of its jobs by the service's own timestamps, in seconds. `busy`: load average per core of the
    target's machine when the first job was submitted. NaN where it isn't known.
    """

    hold: Hold
    against: StepResult | None
    job: Alone
    requests: tuple[Alone, ...]
    first: float
    queue: float
    processing: float
    busy: float


def baseline_of(
    run: Run, holds: Iterable[Hold], steps: Iterable[StepResult], capacity: Capacity, completion: Completion
) -> Baseline | None:
    """The baseline of a run; None if it had none, or one that no client ever held."""
    step = read_baseline(run.events, run.end)
    alone = cut_holds(run, [step]) if step else ()
    if not alone:
        return None
    (hold,) = alone
    first = next((result for result in steps if result.growth), None)
    against = capacity.carried or first
    loaded = next((held for held in holds if against and held.step.number == against.number), None)
    return Baseline(
        hold=hold,
        against=against,
        job=_job(hold, loaded, against.job_time if against else math.nan, completion),
        requests=tuple(_requests(run, hold, loaded)),
        first=first.job_time if first else math.nan,
        queue=_server_median(hold, "queue"),
        processing=_server_median(hold, "processing"),
        busy=_busy(run, hold),
    )


def _job(hold: Hold, loaded: Hold | None, median: float, completion: Completion) -> Alone:
    jobs = hold.jobs[np.isfinite(completion.times(hold.jobs))]
    level = unloaded_between(*completion.between(jobs), completion.quantiles(jobs, (0.5,))[0.5])
    every = completion.between_polls
    blurred = level is not None and level.median < every and completion.way != "timestamps"
    sure = job_distribution("job", [loaded], [loaded.jobs], completion).intervals.get(0.5) if loaded else None
    return Alone("job", len(jobs), level, median, every if blurred else 0.0, sure)


def _requests(run: Run, hold: Hold, loaded: Hold | None) -> Iterable[Alone]:
    for endpoint in run.profile.endpoints:
        own = _seconds(hold, endpoint)
        if len(own):
            yield Alone(endpoint, len(own), unloaded(own), _median(_seconds(loaded, endpoint)) if loaded else math.nan)


def _seconds(hold: Hold, endpoint: str) -> Array:
    return column(hold.requests[hold.requests["endpoint"] == endpoint], "seconds")


def _server_median(hold: Hold, part: str) -> float:
    times = server_times({name: column(hold.jobs, name) for name in ("created", "started", "finished")}, part)
    return _median(times[~np.isnan(times)])


def _busy(run: Run, hold: Hold) -> float:
    """Of the first watched host, as the report's load averages are."""
    rows = run.samples[(run.samples["source"] == target_host(run.profile)) & (run.samples["metric"] == "load1_per_core")]
    before = rows[rows["t"] <= hold.start]
    value = before["value"].tail(1) if len(before) else rows["value"].head(1)
    return float(value.iloc[0]) if len(value) else math.nan


def _median(values: Array) -> float:
    return quantile(values, 0.5) if len(values) else math.nan
