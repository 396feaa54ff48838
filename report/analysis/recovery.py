"""How the service recovered each time that the load fell back to what it had been before, and after each action in a hold.

Each is watched until the next action begins, since what follows is that one's doing too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from profiles import CapacityLoad
from report.recording.run import Run
from report.recording.steps import Step
from report.stats.recovery import Flow, Normal, Recovery, backlog_gone, normal_of, recovery, undisturbed
from report.stats.steady_state import SETTLE_SHARE

from .holds import Hold, column, job_ends
from .job_times.response_times import Completion

BAD = ("failed", "rejected", "errored", "lost", "timed_out")
FALL = "fall"
"""What the aftermath is of where the load fell, and nothing else happened."""


@dataclass(frozen=True)
class Event:
    """`what` happened at a moment, such as an action."""

    moment: float
    what: str


@dataclass(frozen=True)
class Usual:
    """From when to when a step held the same load undisturbed, once it had settled.

    `until`: what ended that ("": the step did). `aftermath`: from what the service wasn't seen to recover since ("": nothing).
    """

    step: Step
    start: float
    end: float
    until: str = ""
    aftermath: str = ""


@dataclass(frozen=True)
class Recovered:
    """What came after a `moment`: the load fell from `peak` to `clients`, or (peak None) `what` happened.

    `before`: the step with the same load before it; None: there is none. `normal`: None where it carries no baseline: of
    the `jobs` that were due there once it had settled, `done` were seen done. `until`, `aftermath`: see Usual. `gone`: seconds
    until the backlog was gone; None where that wasn't seen.
    `step`: the one whose hold was watched, to its end or until `following`. `window`: seconds of a submission window.
    """

    what: str
    moment: float
    peak: int | None
    clients: int
    step: int
    before: int | None
    normal: Normal | None
    result: Recovery | None
    window: float
    jobs: int = 0
    done: int = 0
    gone: float | None = None
    until: str = ""
    aftermath: str = ""
    following: Event | None = None

    @property
    def over(self) -> float | None:
        """When all was as before, in seconds since the start of the run; None if it wasn't seen."""
        return None if self.result is None or self.result.seconds is None else self.moment + self.result.seconds


def recoveries_of(run: Run, holds: Sequence[Hold], completion: Completion, events: Sequence[Event] = ()) -> tuple[Recovered, ...]:
    """The recovery after each fall of the load and each of the `events` within a hold, in order.

    The steps of a capacity search fall without there having been a spike; a batch has no load to come back to.
    """
    if run.profile.batch is not None:
        return ()
    falls = () if isinstance(run.profile.load, CapacityLoad) else tuple(_falls(holds))
    if not falls and not events:
        return ()
    flow, events = flow_of(run, completion), sorted(events, key=lambda event: event.moment)
    return tuple(
        found for i, hold in enumerate(holds) for found in _in_hold(run, flow, holds[:i] if i in falls else (), hold, events)
    )


def flow_of(run: Run, completion: Completion) -> Flow:
    """Every job of the run."""
    jobs = run.jobs
    seconds = completion.times(jobs)
    bad = jobs["outcome"].isin(BAD).to_numpy(dtype=np.bool_)
    return Flow(column(jobs, "due"), np.where(np.isnan(seconds), np.inf, seconds), bad, np.sort(job_ends(jobs)))


def _falls(holds: Sequence[Hold]) -> Iterator[int]:
    """Which holds have fewer clients than the one before."""
    return (i for i in range(1, len(holds)) if holds[i].step.clients < holds[i - 1].step.clients)


def _in_hold(run: Run, flow: Flow, earlier: Sequence[Hold], hold: Hold, events: Sequence[Event]) -> Iterator[Recovered]:
    """After the fall to this load, if there are `earlier` holds that it fell from, and after each event in the hold."""
    last, usual = None, None
    if earlier:
        before = next((one for one in reversed(earlier) if one.step.clients == hold.step.clients), None)
        peak = max(one.step.clients for one in earlier if before is None or one.start > before.start)
        usual = _undisturbed(run, before, events) if before else None
        last = _watched(run, flow, Event(hold.step.ramp_start, ""), peak, hold, usual, events)
        yield last
    for event in events:
        if hold.start <= event.moment < hold.end:
            usual = _usual_before(run, hold, event, last, usual)
            last = _watched(run, flow, event, None, hold, usual, events)
            yield last


def _undisturbed(run: Run, hold: Hold, events: Sequence[Event]) -> Usual:
    """A hold until the first event in it."""
    first = next((event for event in events if hold.start <= event.moment < hold.end), Event(hold.end, ""))
    return Usual(hold.step, _settled(run, hold.start, first.moment), first.moment, first.what)


def _usual_before(run: Run, hold: Hold, event: Event, last: Recovered | None, usual: Usual | None) -> Usual:
    """What to compare with after an event: the time before it since all was as before the `last` one; if it never was, the
    `usual` of that one, lest the aftermath of the one pass as normal for the next."""
    settled = _settled(run, hold.start, event.moment)
    if last is None or usual is None:
        return Usual(hold.step, settled, event.moment, event.what)
    if last.over is None or last.over >= event.moment:
        return replace(usual, aftermath=usual.aftermath or last.what or FALL)
    return Usual(hold.step, max(settled, last.over), event.moment, event.what)


def _settled(run: Run, start: float, end: float) -> float:
    return start + min(run.profile.method.settle, SETTLE_SHARE * (end - start))


def _watched(
    run: Run, flow: Flow, event: Event, peak: int | None, hold: Hold, usual: Usual | None, events: Sequence[Event]
) -> Recovered:
    """`usual`: when the same load was held before; None: it never was."""
    window, moment = run.profile.method.recovery_window, event.moment
    following = next((later for later in events if moment < later.moment < hold.end), None)
    found = Recovered(
        event.what, moment, peak, hold.step.clients, hold.step.number, None, None, None, window, following=following
    )
    if usual is None:
        return found
    end = following.moment if following else hold.end
    span = (usual.start, undisturbed(flow, usual.start, usual.end) if usual.until else usual.end)
    normal = normal_of(flow, *span)
    held_up = normal.p90 if normal and following else 0.0
    result = recovery(flow, normal, moment, end, window, held_up) if normal else None
    times = flow.seconds[flow.between(*span)]
    return replace(
        found,
        before=usual.step.number,
        normal=normal,
        result=result,
        jobs=len(times),
        done=int(np.count_nonzero(np.isfinite(times))),
        gone=result.drained if result else backlog_gone(flow, *span, moment, end),
        until=usual.until,
        aftermath=usual.aftermath,
    )
