"""The load generators of each step: how they did, and whether the step is valid for all that."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from report.recording.events import HeldBack, WorkerLost
from report.recording.rows import NO_DESCRIPTORS, NO_PORTS
from report.recording.run import Run
from report.stats.generator_health import LATE, Bounds, Fault, faults, is_near, lag_allowed, lag_p99
from report.stats.quantiles import quantile
from report.text import count_of, listed, seconds, share

from .holds import Hold, column
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


def health_of(run: Run, holds: Sequence[Hold]) -> tuple[Health, ...]:
    """Each generator in each hold, in order of step and worker."""
    lost = [(event.worker, event.heard, event.t) for event in run.events if isinstance(event, WorkerLost)]
    method = run.profile.method
    bounds = Bounds(method.generator_cpu, method.generator_lag, method.generator_late)
    medians = [quantile(column(hold.requests, "seconds"), 0.5) for hold in holds]
    return tuple(
        _health(run, hold, worker, median, bounds, lost)
        for hold, median in zip(holds, medians, strict=True)
        for worker in _workers_of(hold, lost)
    )


def spoiled(health: Sequence[Health]) -> dict[int, tuple[str, ...]]:
    """Why steps are not valid, in words, by their number."""
    told: dict[int, tuple[str, ...]] = {}
    for one in health:
        if one.faults:
            said = f"generator {one.worker} {listed(_said(one, fault) for fault in one.faults)}"
            told[one.step] = (*told.get(one.step, ()), said)
    return told


def _workers_of(hold: Hold, lost: Sequence[tuple[int, float, float]]) -> list[int]:
    sampled = {int(name.removeprefix(GENERATOR)) for name in hold.samples["source"].unique() if name.startswith(GENERATOR)}
    gone = {worker for worker, heard, at in lost if heard < hold.end and at > hold.start}
    return sorted(sampled | gone | {int(worker) for worker in hold.requests["worker"].unique()})


def _health(run: Run, hold: Hold, worker: int, median: float, bounds: Bounds, lost: Sequence[tuple[int, float, float]]) -> Health:
    samples = hold.samples[hold.samples["source"] == f"{GENERATOR}{worker}"]
    values = {metric: column(samples[samples["metric"] == metric], "value") for metric in ("cpu", "lag", "slow_beat", "beats")}
    requests = hold.requests.loc[hold.requests["worker"] == worker, ["endpoint", "due", "sent", "error"]]
    submits = requests[requests["endpoint"] == "submit"]
    late = int((column(submits, "sent") - column(submits, "due") > LATE).sum())
    cpu = float(np.mean(values["cpu"])) if len(values["cpu"]) else float("nan")
    beats, allowed = int(values["beats"].sum()), lag_allowed(bounds, median)
    lagging = int((values["slow_beat"] > allowed).sum())
    refused = {fault: int((requests["error"] == name).sum()) for name, fault in EXHAUSTED.items()}
    found = [*faults(bounds, cpu, lagging, beats, late, len(submits)), *(fault for fault, count in refused.items() if count)]
    if any(index == worker and heard < hold.end and at > hold.start for index, heard, at in lost):
        found.append("lost")
    return Health(
        step=hold.step.number,
        worker=worker,
        cpu=cpu,
        lag=lag_p99(values["slow_beat"], beats),
        lag_max=float(np.max(values["lag"])) if len(values["lag"]) else float("nan"),
        lag_allowed=allowed,
        sent=len(submits),
        late=late,
        refused=sum(refused.values()),
        held_back=_held_back(run, worker, hold.end) - _held_back(run, worker, hold.start),
        faults=tuple(found),
    )


def _held_back(run: Run, worker: int, until: float) -> int:
    told = (e.workers.get(str(worker), 0) for e in run.events if isinstance(e, HeldBack) and e.t <= until)
    return max(told, default=0)


def _said(one: Health, fault: Fault) -> str:
    match fault:
        case "cpu":
            return f"used {share(one.cpu)} of a core"
        case "lag":
            return f"lagged by {seconds(one.lag)} (p99), where {seconds(one.lag_allowed)} is allowed"
        case "late":
            return f"sent {one.late:,} of {count_of(one.sent, 'submit')} more than {seconds(LATE)} late"
        case "descriptors":
            return "ran out of file descriptors"
        case "ports":
            return "ran out of ports"
        case "lost":
            return "was lost"
