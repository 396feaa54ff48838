"""The steps of a run, as its events define them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from profiles import Role

from .event import Event
from .events import HoldAgain, HoldEnd, HoldStart, RampStart


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


def read_steps(events: Iterable[Event], end: float | None) -> tuple[Step, ...]:
    """The steps in order, without the baseline, as `read_stages` has them."""
    return tuple(step for step in read_stages(events, end) if step.role != "baseline")


def read_baseline(events: Iterable[Event], end: float | None) -> Step | None:
    """The baseline, as `read_stages` has it; None if there was none."""
    return next((step for step in read_stages(events, end) if step.role == "baseline"), None)


def read_stages(events: Iterable[Event], end: float | None) -> tuple[Step, ...]:
    """The baseline, if any, and the steps, in order. A hold that the record leaves open ends, cut, at `end`; without one it
    stays open."""
    steps: dict[int, Step] = {}
    for event in events:
        match event:
            case RampStart():
                steps[event.step] = Step(event.step, event.clients, event.t, ramp=event.ramp, planned=event.hold, role=event.role)
            case HoldStart():
                steps[event.step] = replace(steps[event.step], hold_start=event.t)
            case HoldEnd():
                steps[event.step] = replace(steps[event.step], hold_end=event.t, cut=event.cut)
            case HoldAgain():
                steps[event.step] = replace(steps[event.step], hold_end=None, again=event.t)
    if end is None:
        return tuple(steps.values())
    return tuple(
        replace(step, hold_end=max(end, step.hold_start), cut=True)
        if step.hold_start is not None and step.hold_end is None
        else step
        for step in steps.values()
    )
