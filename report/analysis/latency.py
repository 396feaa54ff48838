"""How long requests and jobs took: percentiles as far as the sample carries them, and describe tables."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from report.measure import server_times
from report.stats.intervals import Held, Interval, quantile_intervals, sections_of
from report.stats.quantiles import PERCENTILES, Array, carries, quantile, quantiles

from .holds import Hold, column, never_seen_done, pooled
from .job_times.response_times import NEEDS, Completion

SERVER_PARTS = ("queue", "processing", "total")
TIMES = ("created", "started", "finished")
TIMED = ("endpoint", "due", "sent", "seconds")
"""Columns of requests that their times are computed from."""


@dataclass(frozen=True)
class Distribution:
    """Durations of one thing in seconds: `percentiles` by probability, None where `n` doesn't carry them; `intervals` of those
    that carry one. `at_least`: bounds of those percentiles that fall among jobs never seen done."""

    name: str
    n: int
    mean: float
    percentiles: dict[float, float | None]
    max: float
    intervals: dict[float, Interval]
    at_least: dict[float, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Described:
    """Durations of one thing in seconds, as pandas describes them; `p95` is None where `count` doesn't carry it."""

    name: str
    kind: str
    count: int
    mean: float
    std: float
    min: float
    q25: float
    q50: float
    q75: float
    p95: float | None
    max: float


@dataclass(frozen=True)
class Latency:
    """Latency pooled over `steps` (their numbers); `steady` if all of them were sustained.

    `completion`: how the end of jobs is known. `service`: sent → reply, by endpoint and of all. `response`: due → reply,
    `lateness`: due → sent, both of submits. `jobs`: due → done, of all and by kind; `unseen` jobs (given up, lost, abandoned)
    count in its percentiles as longer than all others, `cut_off` ones, by a run that didn't wait for them, as longer than they
    were watched; neither in its `n`, mean and max. `server`: by the service's own
    timestamps, empty if it tells none; `backwards`: how many of them run backwards.
    """

    steps: tuple[int, ...]
    steady: bool
    completion: Completion
    service: tuple[Distribution, ...]
    response: Distribution
    lateness: Distribution
    jobs: tuple[Distribution, ...]
    unseen: int
    cut_off: int
    server: tuple[Described, ...]
    backwards: int


def latency_of(holds: Sequence[Hold], completion: Completion, steady: bool) -> Latency | None:
    """The latency in `holds`, pooled; None if there are none."""
    if not holds:
        return None
    jobs = pooled([hold.jobs for hold in holds], ["kind", "started", *NEEDS])
    requests = [hold.requests[list(TIMED)] for hold in holds]
    submits = [_of(rows, "endpoint", "submit") for rows in requests]
    return Latency(
        steps=tuple(hold.step.number for hold in holds),
        steady=steady,
        completion=completion,
        service=_by_endpoint(holds, requests),
        response=distribution("submit", _held(holds, submits, "sent", _response)),
        lateness=distribution("submit", _held(holds, submits, "sent", _lateness)),
        jobs=_by_kind(holds, jobs, completion),
        unseen=int((never_seen_done(jobs) & ~completion.cut_off(jobs)).sum()),
        cut_off=int(completion.cut_off(jobs).sum()),
        server=tuple(described for part in SERVER_PARTS for described in _described(part, jobs)),
        backwards=int(sum((server_times(_times(jobs), part) < 0).sum() for part in SERVER_PARTS[:2])),
    )


def distribution(name: str, held: Sequence[Held]) -> Distribution:
    """The distribution of durations (seconds)."""
    values = np.concatenate([part.values for part in held])
    percentiles = quantiles(values, PERCENTILES)
    return Distribution(name, len(values), _mean(values), percentiles, _largest(values), _intervals(percentiles, held))


def job_distribution(name: str, holds: Sequence[Hold], tables: Sequence[pd.DataFrame], completion: Completion) -> Distribution:
    """The distribution of due → done of these jobs of each hold, jobs never seen done counted as longer than all others."""
    pool = pooled(tables, NEEDS)
    percentiles = completion.quantiles(pool, PERCENTILES)
    times = completion.times(pool)
    seen = times[np.isfinite(times)]
    held = _held(holds, tables, "due", completion.known)
    known = [Held(values[~np.isnan(values)], sections[~np.isnan(values)]) for values, sections in held]
    # Jobs never seen done as twice as long as the longest of all holds, since no arithmetic goes on with inf.
    known = [Held(np.where(np.isinf(values), 2 * _largest(seen), values), sections) for values, sections in known]
    intervals, floors = _intervals(percentiles, known), completion.floors(pool, percentiles)
    return Distribution(name, len(seen), _mean(seen), percentiles, _largest(seen), intervals, floors)


def _held(holds: Sequence[Hold], tables: Iterable[pd.DataFrame], at: str, values: Callable[[pd.DataFrame], Array]) -> list[Held]:
    """What `values` makes of the rows of each hold, and the section of it in which each lies by its column `at`."""
    return [
        Held(values(rows), sections_of(column(rows, at), hold.start, hold.end)) for hold, rows in zip(holds, tables, strict=True)
    ]


def _intervals(percentiles: dict[float, float | None], held: Sequence[Held]) -> dict[float, Interval]:
    """Intervals about the percentiles that are known."""
    known = {p: value for p, value in percentiles.items() if value is not None}
    found = quantile_intervals(held, tuple(known)) if known else {}
    return {p: found[p].about(value) for p, value in known.items() if p in found and found[p].known}


def _response(submits: pd.DataFrame) -> Array:
    return column(submits, "sent") + column(submits, "seconds") - column(submits, "due")


def _lateness(submits: pd.DataFrame) -> Array:
    return column(submits, "sent") - column(submits, "due")


def _seconds(requests: pd.DataFrame) -> Array:
    return column(requests, "seconds")


def _of(rows: pd.DataFrame, name: str, value: str) -> pd.DataFrame:
    return rows[rows[name] == value]


def _mean(values: Array) -> float:
    return float(np.mean(values)) if len(values) else math.nan


def _largest(values: Array) -> float:
    return float(np.max(values)) if len(values) else math.nan


def describe(name: str, kind: str, values: Array) -> Described:
    """The describe table's row for `values` (seconds), of which there must be some."""
    return Described(
        name=name,
        kind=kind,
        count=len(values),
        mean=float(np.mean(values)),
        std=float(np.std(values, ddof=1)) if len(values) > 1 else math.nan,
        min=float(np.min(values)),
        q25=quantile(values, 0.25),
        q50=quantile(values, 0.5),
        q75=quantile(values, 0.75),
        p95=quantile(values, 0.95) if carries(len(values), 0.95) else None,
        max=float(np.max(values)),
    )


def _by_endpoint(holds: Sequence[Hold], requests: Sequence[pd.DataFrame]) -> tuple[Distribution, ...]:
    found = {str(name) for rows in requests for name in rows["endpoint"].unique()}
    names: list[str] = [name for name in ("submit", "status", "result") if name in found]
    names += sorted(found - set(names))

    def of(name: str, tables: Iterable[pd.DataFrame]) -> Distribution:
        return distribution(name, _held(holds, tables, "sent", _seconds))

    each = [of(name, (_of(rows, "endpoint", name) for rows in requests)) for name in names]
    return (*each, of("all requests", requests))


def _by_kind(holds: Sequence[Hold], jobs: pd.DataFrame, completion: Completion) -> tuple[Distribution, ...]:
    tables = [hold.jobs[["kind", *NEEDS]] for hold in holds]
    parts = [("all jobs", tables), *((kind, [_of(rows, "kind", kind) for rows in tables]) for kind in _kinds(jobs))]
    return tuple(job_distribution(name, holds, rows, completion) for name, rows in parts)


def _described(part: str, jobs: pd.DataFrame) -> list[Described]:
    groups = [("all", jobs), *((kind, jobs[jobs["kind"] == kind]) for kind in _kinds(jobs))]
    timed = [(kind, server_times(_times(rows), part)) for kind, rows in groups]
    known = [(kind, values[~np.isnan(values)]) for kind, values in timed]
    return [describe(part, kind, values) for kind, values in known if len(values)]


def _times(jobs: pd.DataFrame) -> dict[str, Array]:
    return {name: column(jobs, name) for name in TIMES}


def _kinds(jobs: pd.DataFrame) -> list[str]:
    """The kinds of job, if there is more than one."""
    kinds = sorted(map(str, jobs["kind"].unique()))
    return kinds if len(kinds) > 1 else []
