"""The evaluator of the stop rules: live while a run lasts, and over its files afterwards, with the same decisions.

It looks at whole seconds, each exactly once and only when complete. A rule is armed when what it watches for is
seen, cleared when that goes away, and fired when it has lasted long enough; each change carries the numbers that
made it so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Literal

from profiles import Profile, Stop

from .history import KEEP, History, Second
from .reading import Moment, Reading, Rule, Values
from .rules import rule_for
from .steps import Step

State = Literal["armed", "cleared", "fired"]
SHORT_OF = 0.99
"""How near a rule is at the most that has not fired: beyond its limit, but not for long enough."""


@dataclass(frozen=True)
class RuleChange:
    """A rule that was armed, cleared or fired at the end of second `at`, in a step with so many clients."""

    rule: str
    state: State
    then: Literal["stop", "note"]
    at: int
    step: int
    clients: int
    values: Values

    def event(self, t: float) -> dict[str, Any]:
        """As events.jsonl holds it."""
        return {"t": t, "event": "rule", "rule": self.rule, "state": self.state, "then": self.then, "at": self.at,
                "step": self.step, "clients": self.clients, "values": self.values}  # fmt: skip


class Evaluator:
    """All stop rules of a profile over one run."""

    def __init__(self, profile: Profile) -> None:
        self.history = History(max(KEEP, ceil(profile.method.window)))
        self.profile = profile
        self.rules: list[Rule] = [rule_for(stop) for stop in effective_stops(profile)]
        self.readings: dict[str, Reading] = {}
        self._states: dict[int, State] = {}
        self._last_ended = 0

    def advance(self, mark: float, steps: Sequence[Step]) -> list[RuleChange]:
        """Judge every whole second that is complete at `mark`, given the steps known by then."""
        changes: list[RuleChange] = []
        while self.history.second + 1 <= mark:
            newest = self.history.next_second()
            changes += self._judge(newest, steps)
        return changes

    def _judge(self, newest: Second, steps: Sequence[Step]) -> Iterable[RuleChange]:
        now = self.history.second
        begun = [step for step in steps if step.ramp_start < now]
        current = begun[-1] if begun else None
        holding = current is not None and current.hold_start is not None and (current.hold_end is None or current.hold_end >= now)
        held = max(0, now - ceil(current.hold_start)) if holding and current and current.hold_start is not None else 0
        moment = Moment(self.history, self.profile, newest, current, held, self._just_ended(begun, now))
        for position, rule in enumerate(self.rules):
            if self._states.get(position) == "fired":
                continue
            reading = rule.read(moment)
            self.readings[rule.label] = reading if reading.fires else replace(reading, near=min(reading.near, SHORT_OF))
            state = self._next_state(position, reading)
            if state is not None:
                self._states[position] = state
                number, clients = (current.number, current.clients) if current else (0, 0)
                yield RuleChange(rule.label, state, rule.then, now, number, clients, reading.values)

    def _just_ended(self, begun: Sequence[Step], now: int) -> Step | None:
        for step in begun:
            if step.number > self._last_ended and step.hold is not None and not step.cut and step.hold[1] <= now:
                self._last_ended = step.number
                return step
        return None

    def _next_state(self, position: int, reading: Reading) -> State | None:
        armed = self._states.get(position) == "armed"
        if reading.fires:
            return "fired"
        if reading.breached != armed:
            return "armed" if reading.breached else "cleared"
        return None


def effective_stops(profile: Profile) -> tuple[Stop, ...]:
    """The profile's stop conditions; a stepping load with open clients also watches its backlog unasked."""
    if profile.load.watches_backlog and profile.clients.mode == "open" and all(s.rule != "backlog" for s in profile.stop):
        return (*profile.stop, Stop(rule="backlog"))
    return profile.stop
