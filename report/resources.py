"""What the watched machines, processes and load generators used in each step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .holds import Hold

GENERATOR = "generator-"


@dataclass(frozen=True)
class Usage:
    """One metric of one source over one hold: `mean` and `max` of `n` samples (loads and counts as they are, cpu of a
    host and memory as shares, cpu of a process in cores, rss in bytes, lag in seconds)."""

    step: int
    source: str
    metric: str
    n: int
    mean: float
    max: float


def usage_of(holds: Sequence[Hold]) -> tuple[Usage, ...]:
    """The use of every source and metric in every hold, in order of step, source and metric."""
    return tuple(
        Usage(hold.step.number, str(source), str(metric), int(n), float(mean), float(largest))
        for hold in holds
        for (source, metric), n, mean, largest in hold.samples.groupby(["source", "metric"], observed=True)["value"]
        .agg(["size", "mean", "max"])
        .itertuples(name=None)
    )


def largest(usage: Sequence[Usage], metric: str, prefix: str = GENERATOR) -> float:
    """The largest `max` of a metric over the sources whose names begin with `prefix`; NaN if there is none."""
    return max((u.max for u in usage if u.metric == metric and u.source.startswith(prefix)), default=float("nan"))


def largest_mean(usage: Sequence[Usage], metric: str, prefix: str = GENERATOR) -> float:
    """The largest mean over a hold of a metric of those sources; NaN if there is none."""
    return max((u.mean for u in usage if u.metric == metric and u.source.startswith(prefix)), default=float("nan"))


def pooled_generators(usage: Sequence[Usage]) -> tuple[Usage, ...]:
    """The same, with the load generators as one source: the largest mean and the largest value among them."""
    names = {u.source for u in usage if u.source.startswith(GENERATOR)}
    if len(names) < 2:
        return tuple(usage)
    pooled: dict[tuple[int, str], Usage] = {}
    for used in (u for u in usage if u.source in names):
        key, source = (used.step, used.metric), f"the busiest of {len(names)} load generators"
        so_far = pooled.get(key, used)
        pooled[key] = replace(used, source=source, mean=max(used.mean, so_far.mean), max=max(used.max, so_far.max))
    return (*(u for u in usage if u.source not in names), *pooled.values())
