"""What the watched machines, processes and load generators used in each step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .holds import Hold

GENERATOR = "generator-"
HEARTBEATS = ("beats", "slow_beat")
"""What a generator's heartbeats are recorded as, for `generators` to judge: nothing to be summed up."""


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
    return tuple(used for hold in holds for used in _used(hold))


def _used(hold: Hold) -> Iterator[Usage]:
    samples = hold.samples[~hold.samples["metric"].isin(HEARTBEATS)]
    grouped = samples.groupby(["source", "metric"], observed=True)["value"].agg(["size", "mean", "max"])
    for (source, metric), n, mean, largest in grouped.itertuples(name=None):
        yield Usage(hold.step.number, str(source), str(metric), int(n), float(mean), float(largest))


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
