"""The load generators of each step: how they did, and which of their faults make the step invalid."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from profiles.conditions import ALL_REQUESTS
from report.recording.events import HeldBack, WorkerLost
from report.recording.rows import NO_DESCRIPTORS, NO_PORTS
from report.recording.run import Run
from report.stats.generator_health import LATE, Allowed, Fault, faults, is_near, lag_allowed, lag_p99
from report.stats.quantiles import quantile

from .holds import Hold, column
from .job_times.response_times import Completion
from .resources import GENERATOR

EXHAUSTED: dict[str, Fault] = {NO_DESCRIPTORS: "descriptors", NO_PORTS: "ports"}


@dataclass(frozen=True)
class Health:
    """One generator in one step. `cpu`: mean, in cores; `lag`: 99th percentile in seconds, `lag_max` the largest, and
    `lag_allowed` in this step; NaN where nothing was sampled. `sent`: its submits, `late` of them late; `refused`:
    requests for which it had no file descriptor or port left; `held_back`: arrivals that max_in_flight kept from being
    submitted. `faults` make the step not valid."""

    step: int
    worker: int
    cpu: float
    lag: float
    lag_max: float
    lag_allowed: float
    sent: int
    late: int
    refused: int
    held_back: int
    faults: tuple[Fault, ...]

    @property
    def near(self) -> bool:
        """Whether it came near its limits."""
        return is_near(self.cpu, self.lag)


class LostWorker(NamedTuple):
    """A worker that the master lost: last heard of and given up on, in seconds of the run."""

    worker: int
    heard: float
    at: float

    def within(self, hold: Hold) -> bool:
        """Whether it was lost in a hold, or may have been."""
        return self.heard < hold.end and self.at > hold.start


def health_of(run: Run, holds: Sequence[Hold], completion: Completion) -> tuple[Health, ...]:
    """Each generator in each hold, in order of step and worker. Its lag is held against the median of the times that it may have
    spoiled: of requests, or of jobs where these alone are asked about."""
    lost = [LostWorker(event.worker, event.heard, event.t) for event in run.events if isinstance(event, WorkerLost)]
    method = run.profile.method
    allowed = Allowed(method.generator_cpu, method.generator_lag, method.generator_late)
    medians = [_median(run, hold, completion) for hold in holds]
    return tuple(
        _health(run, hold, worker, median, allowed, lost)
        for hold, median in zip(holds, medians, strict=True)
        for worker in _workers_of(hold, lost)
    )


def spoiled(health: Sequence[Health]) -> dict[int, tuple[Health, ...]]:
    """The generators whose faults make a step invalid, by the number of the step."""
    found: dict[int, tuple[Health, ...]] = {}
    for one in health:
        if one.faults:
            found[one.step] = (*found.get(one.step, ()), one)
    return found


def _median(run: Run, hold: Hold, completion: Completion) -> float:
    """A batch is about its jobs. Where they end by the service's own clock, a lag adds nothing but what it holds a submit up,
    unless a limit is set to the time of requests."""
    profile = run.profile
    subjects = {profile.condition(limit.that).subject for limit in profile.limit}
    if profile.batch is None or completion.way != "timestamps" or subjects & {*profile.endpoints, ALL_REQUESTS}:
        return quantile(column(hold.requests, "seconds"), 0.5)
    times = completion.times(hold.jobs)
    return quantile(times[np.isfinite(times)], 0.5)


def _workers_of(hold: Hold, lost: Sequence[LostWorker]) -> list[int]:
    sampled = {int(name.removeprefix(GENERATOR)) for name in hold.samples["source"].unique() if name.startswith(GENERATOR)}
    gone = {each.worker for each in lost if each.within(hold)}
    return sorted(sampled | gone | {int(worker) for worker in hold.requests["worker"].unique()})


def _health(run: Run, hold: Hold, worker: int, median: float, allowed: Allowed, lost: Sequence[LostWorker]) -> Health:
    samples = hold.samples[hold.samples["source"] == f"{GENERATOR}{worker}"]
    values = {metric: column(samples[samples["metric"] == metric], "value") for metric in ("cpu", "lag", "slow_beat", "beats")}
    requests = hold.requests.loc[hold.requests["worker"] == worker, ["endpoint", "due", "sent", "error"]]
    submits = requests[requests["endpoint"] == "submit"]
    late = int((column(submits, "sent") - column(submits, "due") > LATE).sum())
    cpu = float(np.mean(values["cpu"])) if len(values["cpu"]) else math.nan
    beats, longest = int(values["beats"].sum()), lag_allowed(allowed, median)
    lagging = int((values["slow_beat"] > longest).sum())
    refused = {fault: int((requests["error"] == name).sum()) for name, fault in EXHAUSTED.items()}
    found = [*faults(allowed, cpu, lagging, beats, late, len(submits)), *(fault for fault, count in refused.items() if count)]
    if any(each.worker == worker and each.within(hold) for each in lost):
        found.append("lost")
    return Health(
        step=hold.step.number,
        worker=worker,
        cpu=cpu,
        lag=lag_p99(values["slow_beat"], beats),
        lag_max=float(np.max(values["lag"])) if len(values["lag"]) else math.nan,
        lag_allowed=longest,
        sent=len(submits),
        late=late,
        refused=sum(refused.values()),
        held_back=_held_back(run, worker, hold.end) - _held_back(run, worker, hold.start),
        faults=tuple(found),
    )


def _held_back(run: Run, worker: int, until: float) -> int:
    told = (e.workers.get(str(worker), 0) for e in run.events if isinstance(e, HeldBack) and e.t <= until)
    return max(told, default=0)
