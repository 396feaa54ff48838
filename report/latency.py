"""How long requests and jobs took: percentiles as far as the sample carries them, and describe tables."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .holds import Hold, column, never_seen_done, pooled
from .measure import server_times
from .stats import PERCENTILES, Array, carries, quantile, quantiles

SERVER_PARTS = ("queue", "processing", "total")
TIMES = ("created", "started", "finished")


@dataclass(frozen=True)
class Distribution:
    """Durations of one thing in seconds: `percentiles` by probability, None where `n` doesn't carry them."""

    name: str
    n: int
    mean: float
    percentiles: dict[float, float | None]
    max: float


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

    `service`: sent → reply, by endpoint and of all. `response`: due → reply, of submits. `jobs`: due → seen done, of
    all and by kind; `unseen` jobs are not in it: given up, lost or abandoned. `server`: by the
    service's own timestamps, empty if it tells none; `backwards`: how many of them run backwards.
    """

    steps: tuple[int, ...]
    steady: bool
    service: tuple[Distribution, ...]
    response: Distribution
    jobs: tuple[Distribution, ...]
    unseen: int
    server: tuple[Described, ...]
    backwards: int


def latency_of(holds: Sequence[Hold], steady: bool) -> Latency | None:
    """The latency in `holds`, pooled; None if there are none."""
    if not holds:
        return None
    requests = pooled([hold.requests for hold in holds], ["endpoint", "due", "sent", "seconds"])
    jobs = pooled([hold.jobs for hold in holds], ["kind", "due", "done_before", "outcome", *TIMES])
    submits = requests[requests["endpoint"] == "submit"]
    return Latency(
        steps=tuple(hold.step.number for hold in holds),
        steady=steady,
        service=_by_endpoint(requests),
        response=distribution("submit", column(submits, "sent") + column(submits, "seconds") - column(submits, "due")),
        jobs=_by_kind(jobs),
        unseen=int(never_seen_done(jobs).sum()),
        server=tuple(described for part in SERVER_PARTS for described in _described(part, jobs)),
        backwards=int(sum((server_times(_times(jobs), part) < 0).sum() for part in SERVER_PARTS[:2])),
    )


def distribution(name: str, values: Array) -> Distribution:
    """The distribution of `values` (seconds)."""
    some = len(values) > 0
    mean, largest = (float(np.mean(values)), float(np.max(values))) if some else (float("nan"), float("nan"))
    return Distribution(name, len(values), mean, quantiles(values, PERCENTILES), largest)


def describe(name: str, kind: str, values: Array) -> Described:
    """The describe table's row for `values` (seconds), of which there must be some."""
    return Described(
        name=name,
        kind=kind,
        count=len(values),
        mean=float(np.mean(values)),
        std=float(np.std(values, ddof=1)) if len(values) > 1 else float("nan"),
        min=float(np.min(values)),
        q25=quantile(values, 0.25),
        q50=quantile(values, 0.5),
        q75=quantile(values, 0.75),
        p95=quantile(values, 0.95) if carries(len(values), 0.95) else None,
        max=float(np.max(values)),
    )


def _by_endpoint(requests: pd.DataFrame) -> tuple[Distribution, ...]:
    names = [name for name in ("submit", "status", "result") if (requests["endpoint"] == name).any()]
    names += sorted(set(requests["endpoint"].unique()) - set(names))
    parts = [distribution(name, column(requests[requests["endpoint"] == name], "seconds")) for name in names]
    return (*parts, distribution("all requests", column(requests, "seconds")))


def _by_kind(jobs: pd.DataFrame) -> tuple[Distribution, ...]:
    seen = jobs[jobs["done_before"].notna()]
    parts = [("all jobs", seen), *((kind, seen[seen["kind"] == kind]) for kind in _kinds(seen))]
    return tuple(distribution(name, column(rows, "done_before") - column(rows, "due")) for name, rows in parts)


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
