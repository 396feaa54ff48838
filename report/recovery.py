"""How the service recovered each time that the load fell back to what it had been before, or after any other moment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from profiles import CapacityLoad

from .holds import Hold, column, job_ends
from .runfolder import Run
from .stats_recovery import Baseline, Flow, Recovery, backlog_gone, baseline_of, recovery
from .stats_steady import SETTLE_SHARE
from .steps import Step

BAD = ("failed", "rejected", "errored", "lost", "timed_out")


@dataclass(frozen=True)
class Recovered:
    """What came after a `moment`: the load fell from `peak` to `clients`, or (peak None) `what` happened.

    `before`: the step with the same load before it; None: there is none. `normal`: None where it carries no baseline: of
    the `jobs` that were due there once it had settled, `done` were seen done. `gone`: seconds until the backlog was gone; None
    where that wasn't seen.
    `step`: the one whose hold was watched. `window`: seconds of a submission window.
    """

    what: str
    moment: float
    peak: int | None
    clients: int
    step: int
    before: int | None
    normal: Baseline | None
    result: Recovery | None
    window: float
    jobs: int = 0
    done: int = 0
    gone: float | None = None

    @property
    def over(self) -> float | None:
        """When all was as before, in seconds since the start of the run; None if it wasn't seen."""
        return None if self.result is None or self.result.seconds is None else self.moment + self.result.seconds


def recoveries_of(run: Run, holds: Sequence[Hold]) -> tuple[Recovered, ...]:
    """The recovery after each fall of the load; the steps of a capacity search fall without there having been a spike."""
    if len(holds) < 2 or isinstance(run.profile.load, CapacityLoad):
        return ()
    flow = flow_of(run)
    return tuple(_after_fall(run, flow, holds[:i], holds[i]) for i in _falls(holds))


def recovery_after(run: Run, holds: Sequence[Hold], moment: float, what: str) -> Recovered | None:
    """The recovery after something that happened at `moment`, within a hold; None if it was in no hold."""
    hold = next((hold for hold in holds if hold.start <= moment < hold.end), None)
    if hold is None:
        return None
    flow = flow_of(run)
    return _watched(run, flow, what, moment, None, hold, hold.step, (_settled(run, hold.start, moment), moment))


def flow_of(run: Run) -> Flow:
    """Every job of the run."""
    jobs = run.jobs
    seconds = column(jobs, "done_before") - column(jobs, "due")
    bad = jobs["outcome"].isin(BAD).to_numpy(dtype=np.bool_)
    return Flow(column(jobs, "due"), np.where(np.isnan(seconds), np.inf, seconds), bad, np.sort(job_ends(jobs)))


def _falls(holds: Sequence[Hold]) -> Iterator[int]:
    """Which holds have fewer clients than the one before."""
    return (i for i in range(1, len(holds)) if holds[i].step.clients < holds[i - 1].step.clients)


def _after_fall(run: Run, flow: Flow, earlier: Sequence[Hold], hold: Hold) -> Recovered:
    before = next((one for one in reversed(earlier) if one.step.clients == hold.step.clients), None)
    peak = max(one.step.clients for one in earlier if before is None or one.start > before.start)
    usual = (_settled(run, before.start, before.end), before.end) if before else None
    return _watched(run, flow, "", hold.step.ramp_start, peak, hold, before.step if before else None, usual)


def _settled(run: Run, start: float, end: float) -> float:
    return start + min(run.profile.method.settle, SETTLE_SHARE * (end - start))


def _watched(
    run: Run,
    flow: Flow,
    what: str,
    moment: float,
    peak: int | None,
    hold: Hold,
    before: Step | None,
    usual: tuple[float, float] | None,
) -> Recovered:
    """`usual`: from when to when the same load was held before, once it had settled; None: it never was."""
    window = run.profile.method.recovery_window
    clients, step = hold.step.clients, hold.step.number
    if usual is None:
        return Recovered(what, moment, peak, clients, step, None, None, None, window)
    normal = baseline_of(flow, *usual)
    result = recovery(flow, normal, moment, hold.end, window) if normal else None
    gone = result.drained if result else backlog_gone(flow, *usual, moment, hold.end)
    times = flow.seconds[flow.between(*usual)]
    number, done = before.number if before else None, int(np.count_nonzero(np.isfinite(times)))
    return Recovered(what, moment, peak, clients, step, number, normal, result, window, len(times), done, gone)
