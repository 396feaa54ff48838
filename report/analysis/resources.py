"""What the watched machines, processes and load generators used in each step."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from profiles import Profile
from profiles.conditions import stays
from report.recording.rows import CPU_OF
from report.stats.unloaded import Idle, Kept

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


@dataclass(frozen=True)
class AtRest:
    """One metric of one source before the load, in it (mean of the steps, and largest) and after it, in its unit; NaN where it
    wasn't sampled. `kept`: what each job left behind; None for what no job leaves behind."""

    source: str
    metric: str
    before: float
    load: float
    largest: float
    after: float
    kept: Kept | None


def usage_of(holds: Sequence[Hold]) -> tuple[Usage, ...]:
    """The use of every source and metric in every hold, in order of step, source and metric."""
    return tuple(used for hold in holds for used in _used(hold))


def others_on(holds: Sequence[Hold]) -> dict[str, float]:
    """Cores that the busiest processes beside the load generators used in these holds, by name, the busiest first: means over the
    moments at which they were looked at."""
    looked: set[float] = set()
    used: Counter[str] = Counter()
    for hold in holds:
        rows = hold.samples[hold.samples["metric"].astype(str).str.startswith(CPU_OF)]
        looked |= set(rows["t"])
        for metric, cores in zip(rows["metric"].astype(str), rows["value"], strict=True):
            used[metric.removeprefix(CPU_OF)] += cores
    return {name: cores / len(looked) for name, cores in used.most_common()}


def target_host(profile: Profile) -> str:
    """The name under which the target's machine is sampled: that of the first host watched."""
    return next((watch.name for watch in profile.watch if watch.is_host), "target")


def is_machine(source: str, profile: Profile) -> bool:
    """Whether these samples are of a machine: a host that is watched, or one of the load generators'."""
    return source.startswith("host-") or source in {watch.name for watch in profile.watch if watch.is_host}


def hosts_in(usage: Iterable[Usage]) -> set[str]:
    """The sources that are machines: those that have a load average."""
    return {used.source for used in usage if used.metric == "load1"}


def at_rest(idle: Idle | None, usage: Sequence[Usage]) -> tuple[AtRest, ...]:
    """Everything that was sampled before the load, load generators left out, in order of source and metric."""
    if idle is None:
        return ()
    names = sorted(
        (source, metric) for source, metric in idle.before if not source.startswith(GENERATOR) and not metric.startswith(CPU_OF)
    )
    return tuple(_at_rest(idle, name, [used for used in usage if (used.source, used.metric) == name]) for name in names)


def _at_rest(idle: Idle, name: tuple[str, str], used: Sequence[Usage]) -> AtRest:
    before, after = idle.before[name], idle.after.get(name, np.empty(0))
    return AtRest(
        source=name[0],
        metric=name[1],
        before=float(np.median(before)),
        load=sum(one.mean * one.n for one in used) / sum(one.n for one in used) if used else np.nan,
        largest=max((one.max for one in used), default=np.nan),
        after=float(np.median(after)) if len(after) else np.nan,
        kept=idle.kept(*name) if stays(*name) else None,
    )


def _used(hold: Hold) -> Iterator[Usage]:
    metrics = hold.samples["metric"].astype(str)
    samples = hold.samples[~metrics.isin(HEARTBEATS) & ~metrics.str.startswith(CPU_OF)]
    grouped = samples.groupby(["source", "metric"], observed=True)["value"].agg(["size", "mean", "max"])
    for (source, metric), n, mean, largest in grouped.itertuples(name=None):
        yield Usage(hold.step.number, str(source), str(metric), int(n), float(mean), float(largest))
