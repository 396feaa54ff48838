"""The steps of a run, as its events define them.

events.jsonl holds one JSON object a line: `t` (seconds since the epoch of the run), `event`, and

    run_start      stages = [{clients, ramp, hold}, …]
    worker_joined  worker, host, pid, clock_offset
    worker_quiet   worker, heard         nothing came from it since `heard`
    worker_back    worker, silent        something came from it again, after so many seconds
    worker_lost    worker, reason, heard
    watcher_lost   nothing is sampled from here on
    clear_start    step, in_flight, limit    the load pauses before that step until open jobs are done
    clear_end      step, in_flight
    clock          worker, drift, error  its clock, measured again
    ramp_start     step, clients, from, ramp, hold, role (baseline: before the first step, as step 0; load; confirmation)
    hold_start     step, clients         all workers report the target count
    hold_end       step, clients, cut    cut: ended before its time
    hold_again     step, clients         it goes on: a rule wants to see this load once more
    rule           rule, state (armed, confirming, cleared, fired), then (stop, next, note), at, step, clients, values {…}
    mark           mark                  all rows that completed until then have been received and judged
    late_rows      rows                  received after the mark that they belong before
    held_back      jobs, workers {…}     arrivals so far that max_in_flight held back, in all and by worker
    signal         signal
    action_start   action, command (secrets stand as their names)
    action_end     action, code, wrong, seconds, output
    drain_start    in_flight, limit
    drain_end      abandoned, cancelled (where the target can cancel)
    run_end        reason, detail
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from profiles import Role


@dataclass(frozen=True)
class Step:
    """One step: ramped from `ramp_start`, held in [hold_start, hold_end). Times in seconds, None if never reached.

    `ramp`, `planned`: how long ramp and hold were to take, NaN where they have no length of their own.
    `again`: when it was decided to hold it longer.
    """

    number: int
    clients: int
    ramp_start: float
    hold_start: float | None = None
    hold_end: float | None = None
    cut: bool = False
    ramp: float = float("nan")
    planned: float = float("nan")
    role: Role = "load"
    again: float | None = None

    @property
    def hold(self) -> tuple[float, float] | None:
        """Start and end of the hold, if it was held at all."""
        if self.hold_start is None or self.hold_end is None:
            return None
        return self.hold_start, self.hold_end

    @property
    def seconds(self) -> float:
        """How long the hold lasted."""
        return self.hold[1] - self.hold[0] if self.hold else 0.0


def read_steps(events: Iterable[Mapping[str, Any]], end: float | None) -> tuple[Step, ...]:
    """The steps in order, without the baseline, as `read_stages` has them."""
    return tuple(step for step in read_stages(events, end) if step.role != "baseline")


def read_baseline(events: Iterable[Mapping[str, Any]], end: float | None) -> Step | None:
    """The baseline, as `read_stages` has it; None if there was none."""
    return next((step for step in read_stages(events, end) if step.role == "baseline"), None)


def read_stages(events: Iterable[Mapping[str, Any]], end: float | None) -> tuple[Step, ...]:
    """The baseline, if any, and the steps, in order. A hold that the record leaves open ends, cut, at `end`; without one it
    stays open."""
    steps: dict[int, Step] = {}
    for event in events:
        number, t = int(event.get("step", 0)), float(event["t"])
        match event["event"]:
            case "ramp_start":
                ramp, hold = (float("nan") if event[name] is None else float(event[name]) for name in ("ramp", "hold"))
                steps[number] = Step(number, event["clients"], t, ramp=ramp, planned=hold, role=event["role"])
            case "hold_start":
                steps[number] = replace(steps[number], hold_start=t)
            case "hold_end":
                steps[number] = replace(steps[number], hold_end=t, cut=event["cut"])
            case "hold_again":
                steps[number] = replace(steps[number], hold_end=None, again=t)
    if end is None:
        return tuple(steps.values())
    return tuple(
        replace(step, hold_end=max(end, step.hold_start), cut=True)
        if step.hold_start is not None and step.hold_end is None
        else step
        for step in steps.values()
    )
