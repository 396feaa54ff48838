"""How each tenant was served, and how evenly."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from report.measure import server_times
from report.recording.rows import OUTCOMES
from report.recording.run import Run
from report.stats.fairness import LEAST_RANKED, Bounds, chance_of, comparable, evenness, longest, served_worst
from report.stats.intervals import Held, Interval
from report.stats.quantiles import BATCHES, carries, quantile

from .holds import Hold, column, never_seen_done, pooled
from .job_times.response_times import NEEDS as ENDS
from .job_times.response_times import Completion
from .latency import SERVER_PARTS, TIMES, Described, describe

NEEDS = tuple(dict.fromkeys(("tenant", *ENDS, "bytes_up", "bytes_down", *TIMES)))


@dataclass(frozen=True)
class TenantResult:
    """One tenant's jobs: by outcome, how long they took (seconds), and how much they moved (bytes).

    `times`: of queue, processing and total by the service's own timestamps where it tells them, and "response": from due to the
    end, of those seen done. `p95`: of the last, None where there are too few. `longest`: from due to the end, of the job that
    took longest.
    """

    name: str
    outcomes: dict[str, int]
    times: tuple[Described, ...]
    p95: float | None
    mean: float
    longest: Bounds
    bytes_up: int
    bytes_down: int

    @property
    def jobs(self) -> int:
        """All its jobs."""
        return sum(self.outcomes.values())


@dataclass(frozen=True)
class Ranked:
    """The tenants whose median job took least and most (name, seconds), and how likely chance alone makes them differ so."""

    quickest: tuple[str, float]
    slowest: tuple[str, float]
    chance: float


@dataclass(frozen=True)
class Tenants:
    """All tenants, in the profile's order. `worst`: whose p95 is the longest, and how many times the median tenant's that
    is; None where fewer than two tenants have jobs enough for a p95. `index`: Jain's, of mean times; None where the
    tenants' demands differ or are small. `ranked`: of tenants too small for that, too."""

    each: tuple[TenantResult, ...]
    worst: tuple[str, Interval] | None
    index: Interval | None
    ranked: Ranked | None


def tenants_of(run: Run, holds: Sequence[Hold], completion: Completion) -> Tenants | None:
    """The tenants' jobs over `holds`, pooled; None without tenants or holds."""
    if not run.profile.tenant or not holds:
        return None
    jobs = pooled([hold.jobs for hold in holds], NEEDS)
    each = tuple(_result(tenant.name, jobs[jobs["tenant"] == tenant.name], completion) for tenant in run.profile.tenant)
    held = _held(
        jobs, completion, np.concatenate([np.arange(len(hold.jobs)) * BATCHES // max(1, len(hold.jobs)) for hold in holds])
    )
    known = {result.name: held[result.name] for result in each if result.p95 is not None}
    even = comparable({result.name: result.jobs for result in each}) and not any(np.isnan(result.mean) for result in each)
    index = evenness([held[result.name] for result in each]) if even else None
    return Tenants(each, served_worst(known), index, _ranked(jobs, completion))


def _ranked(jobs: pd.DataFrame, completion: Completion) -> Ranked | None:
    """None where a job was never seen done, so that its rank isn't known, or fewer than two tenants have jobs enough."""
    times = completion.times(jobs)
    known, whose = ~np.isnan(times), jobs["tenant"].to_numpy()
    each = {str(name): times[known & (whose == name)] for name in np.unique(whose)}
    each = {name: values for name, values in each.items() if len(values) >= LEAST_RANKED}
    if len(each) < 2 or never_seen_done(jobs).any():
        return None
    first, *_, last = sorted(((name, float(np.median(values))) for name, values in each.items()), key=lambda pair: pair[1])
    return Ranked(first, last, chance_of(list(each.values())))


def _held(jobs: pd.DataFrame, completion: Completion, sections: NDArray[np.int64]) -> dict[str, Held]:
    """The times of each tenant's jobs that were seen done; `sections`: in which tenth of its step each job was due."""
    whose = jobs["tenant"].to_numpy()
    held = {}
    for name in np.unique(whose):
        own = whose == name
        times = completion.times(jobs[own])
        held[str(name)] = Held(times[np.isfinite(times)], sections[own][np.isfinite(times)])
    return held


def waits(jobs: pd.DataFrame) -> "pd.Series[bool]":
    """The jobs that somebody waited for: those seen done, given up, lost or abandoned, but not those refused at once."""
    return jobs["done_before"].notna() | never_seen_done(jobs)


def _result(name: str, jobs: pd.DataFrame, completion: Completion) -> TenantResult:
    counts = jobs["outcome"].value_counts()
    times = completion.times(jobs)
    times = times[np.isfinite(times)]
    waited = jobs[waits(jobs)]
    told = {part: server_times({time: column(jobs, time) for time in TIMES}, part) for part in SERVER_PARTS}
    known = {part: values[~np.isnan(values)] for part, values in told.items()} | {"response": times}
    return TenantResult(
        name=name,
        outcomes={outcome: int(counts.get(outcome, 0)) for outcome in OUTCOMES},
        times=tuple(describe(part, name, values) for part, values in known.items() if len(values)),
        p95=quantile(times, 0.95) if carries(len(times), 0.95) else None,
        mean=float(times.mean()) if len(times) else math.nan,
        longest=longest(column(waited, "due"), *completion.ends(waited)),
        bytes_up=int(jobs["bytes_up"].sum()),
        bytes_down=int(jobs["bytes_down"].sum()),
    )
