"""The stepping of the load as a state machine in plain time: what the target is, and which events happen when.

It knows neither Locust nor the clock, so a whole run can be played in a test.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from profiles import Stage
from report.recording.event import Event
from report.recording.events import ClearEnd, ClearStart, HoldAgain, HoldEnd, HoldStart, RampStart

Phase = Literal["waiting", "clearing", "ramp", "hold", "judging", "over"]

JUDGING_PATIENCE = 5.0
"""Seconds that a finished step waits for the stop rules to have seen all of it."""
CLEARED = 0.05
"""A backlog is cleared when so small a share of it is left: what comes last may never come."""
AGAIN_SHARE = 2 / 3
"""How much longer a step is held, as a share of its hold, where a rule wants to see it once more."""


class Schedule:
    """Walks through the stages. `advance` is called often and returns the events of that moment.

    Steps are numbered from 1 on; a baseline before them is 0, and they are ramped up from no clients, not from its one.
    `stages` may be endless, and may make up its mind late: each stage is asked for when the one before has been judged.
    """

    def __init__(self, stages: Iterable[Stage]) -> None:
        self._stages: Iterator[Stage] = iter(stages)
        self.stage: Stage | None = None
        self.phase: Phase = "waiting"
        self.step = 0
        self._since = 0.0
        self._hold = 0.0
        self._from = 0
        self._backlog = 0
        self._again = False

    def target(self, now: float) -> int:
        """How many clients there should be now."""
        stage = self.stage
        if stage is None or self.phase in ("waiting", "clearing") or (self.phase == "judging" and stage.role == "baseline"):
            return 0
        if self.phase != "ramp" or stage.ramp <= 0:
            return stage.clients
        done = min(1.0, (now - self._since) / stage.ramp)
        return round(self._from + (stage.clients - self._from) * done)

    def left(self, now: float) -> float:
        """Seconds until the present phase should end."""
        stage = self.stage
        if stage is None:
            return 0.0
        length = {"ramp": stage.ramp, "hold": self._hold, "clearing": stage.clear_for}.get(self.phase, 0.0)
        return max(0.0, self._since + length - now)

    def advance(self, now: float, reported: int, judged: float, in_flight: int = 0) -> list[Event]:
        """Move on where it is time. `reported`: clients that the workers run; `judged`: the stop rules have seen
        all rows until then; `in_flight`: open jobs."""
        stage = self.stage
        events: list[Event] = []
        if stage is None:
            return self._next_step(now, in_flight) if self.phase == "waiting" else []
        match self.phase:
            case "clearing" if in_flight <= CLEARED * self._backlog or now >= self._since + stage.clear_for:
                events = [ClearEnd(now, self.step, in_flight), *self._ramp(stage, now)]
            case "ramp" if now >= self._since + stage.ramp and reported == stage.clients:
                self._hold, self._again = stage.hold, False
                events = [HoldStart(now, self.step, self._enter("hold", now))]
            case "hold" if now >= self._since + self._hold:
                events = [HoldEnd(now, self.step, self._enter("judging", now), cut=False)]
            case "judging" if judged >= self._since or now >= self._since + JUDGING_PATIENCE:
                events = self._next_step(now, in_flight)
        return events

    def end_hold(self, now: float) -> list[Event]:
        """End the present hold in its own time: that of a batch, which has no length."""
        return [HoldEnd(now, self.step, self._enter("judging", now), cut=False)] if self.phase == "hold" else []

    def hold_again(self, now: float) -> list[Event]:
        """Hold the step that just ended a while longer, once: what a stop rule saw may have been chance."""
        if self.stage is None or self.phase != "judging" or self._again:
            return []
        self._again, self._hold = True, self.stage.hold * AGAIN_SHARE
        return [HoldAgain(now, self.step, self._enter("hold", now))]

    def skip(self, now: float, in_flight: int = 0) -> list[Event]:
        """End the present step now and go on with the next."""
        if self.phase not in ("ramp", "hold", "judging"):
            return []
        return [*self._cut(now), *self._next_step(now, in_flight)]

    def stop(self, now: float) -> list[Event]:
        """End the load now."""
        cut = self._cut(now)
        self.phase = "over"
        return cut

    def _next_step(self, now: float, in_flight: int) -> list[Event]:
        self._from = self.stage.clients if self.stage and self.stage.role != "baseline" else 0
        following = next(self._stages, None)
        if following is None:
            self.phase = "over"
            return []
        self.stage, self.step = following, self.step + (following.role != "baseline")
        if following.clear_above is None or in_flight <= following.clear_above:
            return self._ramp(following, now)
        self.phase, self._since, self._backlog, self._from = "clearing", now, in_flight, 0
        return [ClearStart(now, self.step, in_flight, following.clear_for)]

    def _ramp(self, stage: Stage, now: float) -> list[Event]:
        self.phase, self._since = "ramp", now
        return [RampStart(now, self.step, stage.clients, self._from, stage.ramp, stage.hold, stage.role)]

    def _cut(self, now: float) -> list[Event]:
        """End the present hold before its time."""
        return [HoldEnd(now, self.step, self._enter("over", now), cut=True)] if self.phase == "hold" else []

    def _enter(self, phase: Phase, now: float) -> int:
        """Begin a phase of the present step; returns its clients."""
        assert self.stage is not None
        self.phase, self._since = phase, now
        return self.stage.clients
