"""The stepping of the load as a state machine in plain time: what the target is, and which events happen when.

It knows neither Locust nor the clock, so a whole run can be played in a test.
"""

from collections.abc import Sequence
from typing import Any, Literal

from profiles import Stage

Event = dict[str, Any]
Phase = Literal["waiting", "ramp", "hold", "judging", "over"]

JUDGING_PATIENCE = 5.0
"""Seconds that a finished step waits for the stop rules to have seen all of it."""


class Schedule:
    """Walks through the stages. `advance` is called often and returns the events of that moment."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self.stages = tuple(stages)
        self.phase: Phase = "waiting"
        self._index = -1
        self._since = 0.0
        self._from = 0

    @property
    def step(self) -> int:
        """The number of the present step, from 1; 0 before the first."""
        return self._index + 1

    @property
    def stage(self) -> Stage:
        """The present stage (the first, before it began)."""
        return self.stages[max(0, self._index)]

    def target(self, now: float) -> int:
        """How many clients there should be now."""
        if self.phase == "waiting":
            return 0
        stage = self.stage
        if self.phase != "ramp" or stage.ramp <= 0:
            return stage.clients
        done = min(1.0, (now - self._since) / stage.ramp)
        return round(self._from + (stage.clients - self._from) * done)

    def left(self, now: float) -> float:
        """Seconds until the present ramp or hold should end."""
        length = {"ramp": self.stage.ramp, "hold": self.stage.hold}.get(self.phase, 0.0)
        return max(0.0, self._since + length - now)

    def advance(self, now: float, reported: int, judged: float) -> list[Event]:
        """Move on where it is time. `reported`: clients that the workers run; `judged`: the stop rules have seen
        all rows until then."""
        stage = self.stage
        match self.phase:
            case "waiting":
                return self._next_step(now)
            case "ramp" if now >= self._since + stage.ramp and reported == stage.clients:
                return self._enter("hold", now, "hold_start")
            case "hold" if now >= self._since + stage.hold:
                return self._enter("judging", now, "hold_end", cut=False)
            case "judging" if judged >= self._since or now >= self._since + JUDGING_PATIENCE:
                return self._next_step(now)
        return []

    def end_hold(self, now: float) -> list[Event]:
        """End the present hold in its own time: that of a batch, which has no length."""
        return self._enter("judging", now, "hold_end", cut=False) if self.phase == "hold" else []

    def stop(self, now: float) -> list[Event]:
        """End the load now."""
        cut = self._enter("over", now, "hold_end", cut=True) if self.phase == "hold" else []
        self.phase = "over"
        return cut

    def _next_step(self, now: float) -> list[Event]:
        self._from = self.stage.clients if self._index >= 0 else 0
        if self._index + 1 == len(self.stages):
            self.phase = "over"
            return []
        self._index += 1
        self.phase, self._since = "ramp", now
        return [{"t": now, "event": "ramp_start", "step": self.step, "clients": self.stage.clients, "from": self._from}]

    def _enter(self, phase: Phase, now: float, event: str, **more: Any) -> list[Event]:
        self.phase, self._since = phase, now
        return [{"t": now, "event": event, "step": self.step, "clients": self.stage.clients, **more}]
