"""The evaluator of the stop rules: live while a run lasts, and over its files afterwards, with the same decisions.

It looks at whole seconds, each exactly once and only when complete. A rule is armed when what it watches for is
seen, confirming when it would fire and wants to see it once more, cleared when that goes away, and fired when it has
lasted long enough; each change carries the numbers that made it so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil

from profiles import Profile, Stop
from profiles.stops import Then
from report.recording.event import Value
from report.recording.events import RuleState, State
from report.recording.steps import Step

from .history import KEEP, History, Second
from .registry import rule_for
from .rule import Moment, Reading, Rule, Seen

SHORT_OF = 0.99
"""How near a rule is at the most that has not fired: beyond its limit, but not for long enough."""


@dataclass(frozen=True)
class RuleChange:
    """A rule whose state changed at the end of second `at`, in a step with so many clients."""

    rule: str
    state: State
    then: Then
    at: int
    step: int
    clients: int
    seen: Seen | None

    @property
    def values(self) -> dict[str, Value]:
        """The numbers that made it so, as events.jsonl holds them."""
        return self.seen.encode() if self.seen else {}

    def event(self, t: float) -> RuleState:
        """The event that tells it, at second `t`."""
        return RuleState(t, self.rule, self.state, self.then, self.at, self.step, self.clients, self.values)


class Evaluator:
    """All stop rules of a profile over one run."""

    def __init__(self, profile: Profile) -> None:
        self.history = History(_seconds_kept(profile))
        self.profile = profile
        self.rules: list[Rule] = [rule_for(stop) for stop in effective_stops(profile)]
        self.readings: dict[str, Reading] = {}
        self._states: dict[int, State] = {}
        self._step = 0
        self._ended_until = 0.0

    def advance(self, mark: float, steps: Sequence[Step]) -> list[RuleChange]:
        """Judge every whole second that is complete at `mark`, given the steps known by then, a baseline among them."""
        changes: list[RuleChange] = []
        while self.history.second + 1 <= mark:
            newest = self.history.next_second()
            changes += self._judge(newest, steps)
        return changes

    def _judge(self, newest: Second, steps: Sequence[Step]) -> Iterable[RuleChange]:
        now = self.history.second
        baseline = next((step for step in steps if step.role == "baseline" and step.ramp_start < now), None)
        begun = [step for step in steps if step.role != "baseline" and step.ramp_start < now]
        current = begun[-1] if begun else None
        holding = current is not None and current.hold_start is not None and (current.hold_end is None or current.hold_end >= now)
        held = max(0, now - ceil(current.hold_start)) if holding and current and current.hold_start is not None else 0
        moment = Moment(self.history, self.profile, newest, current, held, self._just_ended(begun, now), baseline)
        stage = current or baseline
        number, clients = (stage.number, stage.clients) if stage else (0, 0)
        self._renew(number)
        for position, rule in enumerate(self.rules):
            if not self._listens(position, rule, moment):
                continue
            reading = rule.read(moment)
            self.readings[rule.label] = reading if reading.fires else replace(reading, near=min(reading.near, SHORT_OF))
            state = _next_state(self._states.get(position, "cleared"), reading)
            if state is not None:
                self._states[position] = state
                yield RuleChange(rule.label, state, rule.then, now, number, clients, reading.seen)

    def _listens(self, position: int, rule: Rule, moment: Moment) -> bool:
        """A rule that ended the run or the step has said all; one that ends steps looks at holds alone."""
        if rule.then != "note" and self._states.get(position) == "fired":
            return False
        return rule.then != "next" or moment.held > 0 or moment.ended is not None

    def _renew(self, number: int) -> None:
        """A rule that ended a step watches the next one anew."""
        if number == self._step:
            return
        self._step = number
        for position, rule in enumerate(self.rules):
            if rule.then == "next" and self._states.get(position) == "fired":
                rule.renew()
                del self._states[position]

    def _just_ended(self, begun: Sequence[Step], now: int) -> Step | None:
        for step in begun:
            if step.hold is not None and not step.cut and self._ended_until < step.hold[1] <= now:
                self._ended_until = step.hold[1]
                return step
        return None


def _next_state(state: State, reading: Reading) -> State | None:
    """What a rule's state becomes; None where it stays."""
    if reading.fires:
        return "fired" if state != "fired" else None
    if not reading.breached:
        return "cleared" if state != "cleared" else None
    if reading.confirms and state in ("cleared", "armed"):
        return "confirming"
    return "armed" if state == "cleared" else None


def _seconds_kept(profile: Profile) -> int:
    """Seconds of rows that some condition looks back over."""
    own = [stop.over for stop in profile.stop if stop.over and stop.when and profile.condition(stop.when).on_rows]
    return ceil(max(KEEP, profile.method.window, *own))


def effective_stops(profile: Profile) -> tuple[Stop, ...]:
    """The profile's stop conditions, and those that stand unasked unless it has them itself: an outage ends any run;
    a stepping load with open clients also watches its backlog."""
    named = {stop.rule for stop in profile.stop}
    unasked = ["outage"]
    if profile.load.watches_backlog and profile.clients.mode == "open":
        unasked.append("backlog")
    return (*profile.stop, *(Stop.model_validate({"rule": rule}) for rule in unasked if rule not in named))
