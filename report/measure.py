"""What a condition measures: one number from the rows of one window. Live rules and reports use this alone.

A window holds the rows that the caller pooled in it (live rules: by completion time; limits in the report:
the rows of a step), as plain numpy columns named as in `report.recording.rows`.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from profiles import Condition
from profiles.conditions import ALL_REQUESTS, ROW_METRICS, TIME_METRICS
from report.recording.rows import COMPLETED
from report.stats.quantiles import increase, statistic

Floats = NDArray[np.float64]
Columns = Mapping[str, NDArray[Any]]
"""Named columns of equal length; `ok` is boolean, texts are object arrays, unknown numbers are NaN."""

Samples = Mapping[tuple[str, str], Floats]
"""Values by source and metric, in order of time."""

REQUEST_NEEDS = ("endpoint", "kind", "tenant", "seconds", "ok", "bytes")
JOB_NEEDS = (
    "kind",
    "tenant",
    "due",
    "done_after",
    "done_before",
    "created",
    "started",
    "finished",
    "outcome",
    "bytes_up",
    "bytes_down",
)
FLOW_NEEDS = ("kind", "tenant", "outcome", "bytes_up", "bytes_down")
"""The columns that `measure` reads."""


@dataclass(frozen=True)
class Window:
    """The rows of one window: `requests` that completed, `jobs` that ended, samples by (source, metric).

    `start`, `end` in seconds since the run's epoch; `gap` is what lies between the two and isn't part of it,
    in seconds. `in_flight`: jobs in flight at `start` by (kind, tenant): their submit had its reply, they
    hadn't ended. `flow`: where `jobs` are those that arrived in the window instead, those that ended in it.
    """

    start: float
    end: float
    requests: Columns
    jobs: Columns
    samples: Samples
    in_flight: Mapping[tuple[str, str], int] = field(default_factory=dict)
    gap: float = 0.0
    flow: Columns | None = None

    @property
    def seconds(self) -> float:
        """How long the window is."""
        return self.end - self.start - self.gap


def measure(condition: Condition, window: Window) -> float:
    """The left side of `condition` over `window`, in the unit of its dimension; NaN if there is nothing.

    endpoint    or `requests`: all of them; times are request durations, `rate` is completions per second
    job         times are due → the first reply that saw it done, or what the window knows better (`took`); `rate`
                counts ended jobs, `completed_rate` those that succeeded or failed; `error_rate` = not succeeded / ended
                (abandoned: not ended)
    queue       created → started by the server's timestamps; processing: started → finished
                `makespan`: from the first due to the end of the last
    in_flight   at the window's end; `growth`: over the window
                in a window that has a `flow`, these two and the rates count what ended in it
    watched     the mean of the samples, the largest, the least, or by how much they increased; generator: of the one
                which has the largest
    """
    if condition.subject == "job":
        return _of_jobs(condition, window)
    if condition.subject in ("queue", "processing"):
        jobs = narrowed(window.jobs, condition.filters)
        return statistic(condition.metric, server_times(jobs, condition.subject))
    if condition.metric in ROW_METRICS:
        return _of_requests(condition, window)
    return _of_samples(condition, window)


def sample_size(condition: Condition, window: Window) -> int:
    """How many requests, jobs or samples the left side of `condition` rests on over `window`."""
    if not condition.on_rows:
        return max((len(values) for values in samples_meant(condition, window.samples).values()), default=0)
    if condition.subject in ("job", "queue", "processing"):
        jobs = narrowed(window.jobs, condition.filters)
        if condition.metric not in TIME_METRICS and condition.metric != "max_over_mean":
            return int(np.count_nonzero(jobs["outcome"] != "abandoned"))
        times = job_times(jobs) if condition.subject == "job" else server_times(jobs, condition.subject)
        return int(np.count_nonzero(~np.isnan(times)))
    return len(_requests_meant(condition, window)["endpoint"])


def job_times(jobs: Columns) -> Floats:
    """Due → the first reply that saw the job done, in seconds; NaN for jobs never seen done.

    That is all that live rules can know. Where the caller knows better how long jobs took, it says so in a column `took`.
    """
    if "took" in jobs:
        return np.asarray(jobs["took"], dtype=np.float64)
    return np.asarray(jobs["done_before"] - jobs["due"], dtype=np.float64)


def server_times(jobs: Columns, part: str) -> Floats:
    """Seconds by the server's own timestamps.

    part: "queue" (created → started), "processing" (started → finished) or "total" (created → finished).
    """
    first, last = {
        "queue": ("created", "started"),
        "processing": ("started", "finished"),
        "total": ("created", "finished"),
    }[part]
    return np.asarray(jobs[last] - jobs[first], dtype=np.float64)


def job_error_share(outcome: NDArray[Any]) -> float:
    """Jobs that did not succeed / jobs ended; abandoned ones have not ended. NaN if none has."""
    ended = int(np.count_nonzero(outcome != "abandoned"))
    return 1 - int(np.count_nonzero(outcome == "succeeded")) / ended if ended else math.nan


def _requests_meant(condition: Condition, window: Window) -> Columns:
    endpoint = () if condition.subject == ALL_REQUESTS else (("endpoint", condition.subject),)
    return narrowed(window.requests, (*endpoint, *condition.filters))


def _of_requests(condition: Condition, window: Window) -> float:
    rows = _requests_meant(condition, window)
    seconds, ok, size = rows["seconds"], rows["ok"], rows["bytes"]
    match condition.metric:
        case "rate":
            return _per_second(len(seconds), window)
        case "error_rate":
            return 1 - int(np.count_nonzero(ok)) / len(ok) if len(ok) else math.nan
        case "byte_rate":
            return _per_second(float(size.sum()), window)
        case metric:
            return statistic(metric, seconds)


def _of_jobs(condition: Condition, window: Window) -> float:
    jobs = narrowed(window.jobs, condition.filters)
    ended = jobs if window.flow is None else narrowed(window.flow, condition.filters)
    match condition.metric:
        case "rate" | "completed_rate" | "byte_rate" | "sent_rate" | "received_rate" as rate:
            return _per_second(_amount(rate, ended), window)
        case "error_rate":
            return job_error_share(jobs["outcome"])
        case "growth":
            return float(_growth(condition, window))
        case "in_flight":
            before = [n for labels, n in window.in_flight.items() if _matches(condition, *labels)]
            return float(sum(before) + _growth(condition, window))
        case "makespan":
            ends = jobs["due"] + job_times(jobs)
            ends = ends[np.isfinite(ends)]
            return float(ends.max() - jobs["due"].min()) if len(ends) else math.nan
        case metric:
            return statistic(metric, job_times(jobs))


def _amount(rate: str, ended: Columns) -> float:
    """What a rate of jobs counts: jobs, or bytes."""
    match rate:
        case "rate":
            return int(np.count_nonzero(ended["outcome"] != "abandoned"))
        case "completed_rate":
            return int(np.isin(ended["outcome"], COMPLETED).sum())
        case "sent_rate":
            return float(ended["bytes_up"].sum())
        case "received_rate":
            return float(ended["bytes_down"].sum())
        case _:
            return float(ended["bytes_up"].sum() + ended["bytes_down"].sum())


def _growth(condition: Condition, window: Window) -> int:
    if window.flow is not None:
        arrived, ended = (narrowed(rows, condition.filters)["outcome"] for rows in (window.jobs, window.flow))
        return len(arrived) - len(ended)
    submits = narrowed(window.requests, (("endpoint", "submit"), *condition.filters))
    return len(submits["seconds"]) - len(narrowed(window.jobs, condition.filters)["outcome"])


def _matches(condition: Condition, kind: str, tenant: str) -> bool:
    return all({"kind": kind, "tenant": tenant}[key] == value for key, value in condition.filters)


def _of_samples(condition: Condition, window: Window) -> float:
    of_each: dict[str, Callable[[Floats], Any]] = {"mean": np.mean, "increase": increase, "max": np.max, "min": np.min}
    measured = [float(of_each[condition.taken](values)) for values in samples_meant(condition, window.samples).values()]
    return max((value for value in measured if not math.isnan(value)), default=math.nan)


def samples_meant(condition: Condition, samples: Samples) -> Samples:
    """The series that `condition` speaks of: one, or those of all generators."""
    return {
        (source, metric): values
        for (source, metric), values in samples.items()
        if metric == condition.metric and _is_meant(condition.subject, source) and len(values)
    }


def _is_meant(subject: str, source: str) -> bool:
    return source.startswith("generator-") if subject == "generator" else source == subject


def _per_second(amount: float, window: Window) -> float:
    return amount / window.seconds if window.seconds > 0 else math.nan


def narrowed(rows: Columns, filters: tuple[tuple[str, str], ...]) -> Columns:
    """The rows whose columns equal every filter's value."""
    if not filters:
        return rows
    keep = np.logical_and.reduce([rows[column] == value for column, value in filters])
    return {name: column[keep] for name, column in rows.items()}
