"""What the watched machines, processes and load generators used in each step."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from profiles import Profile

from .holds import Hold

GENERATOR = "generator-"
"""What the name of a generator's samples begins with; its number follows."""
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


def target_host(profile: Profile) -> str:
    """The name under which the target's machine is sampled: that of the first host watched."""
    return next((watch.name for watch in profile.watch if watch.is_host), "target")


def hosts_in(usage: Iterable[Usage]) -> set[str]:
    """The sources that are machines: those that have a load average."""
    return {used.source for used in usage if used.metric == "load1"}


def _used(hold: Hold) -> Iterator[Usage]:
    samples = hold.samples[~hold.samples["metric"].isin(HEARTBEATS)]
    grouped = samples.groupby(["source", "metric"], observed=True)["value"].agg(["size", "mean", "max"])
    for (source, metric), n, mean, largest in grouped.itertuples(name=None):
        yield Usage(hold.step.number, str(source), str(metric), int(n), float(mean), float(largest))
