"""The stop rule backlog: jobs in flight grow."""

from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from profiles import Stop
from profiles.stops import Traits
from report.recording.steps import Step
from report.stats.steady_state import Growth, growth_of, settled_after
from report.text import span

from .history import Tally
from .rule import BuiltIn, Moment, Reading, Seen

LONGEST_WINDOW = 60
"""Seconds: within a hold, growth is looked for in windows of a third of it, but no longer than this."""
WINDOW_PARTS = 4
"""Work piles up where two windows show it, the second a quarter of a window later than the first."""
SIGMAS = 3.0
"""Chance may pile up so many √arrivals in one of the many windows of a hold."""


@dataclass(frozen=True)
class PiledUp(Seen):
    """Jobs in flight grew by `growth` in `seconds`, to `in_flight`, while so many arrived; chance explains at most `allowed`."""

    growth: int
    arrivals: int
    allowed: float
    seconds: float
    in_flight: int

    def sentence(self) -> str:
        """Why the rule was armed or fired."""
        return (
            f"in {span(self.seconds)} the queue grew by {self.growth:,} of {self.arrivals:,} jobs that arrived, where normal "
            f"variation stays below {self.allowed:,.0f}"
        )


class BacklogRule(BuiltIn):
    """Jobs in flight grow by more than chance explains: in two overlapping windows, or over a hold once it had settled. If
    they creep up so that the hold can't tell, it is held longer."""

    name = "backlog"
    traits = Traits(compares_steps=True, fires_beyond_capacity=True)
    sees = PiledUp
    broke = "jobs arrived faster than they were completed"
    ends_when = "jobs in flight grow by more than 5 % of the arrivals"

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop)
        self._asked: Reading | None = None

    def read(self, moment: Moment) -> Reading:
        """Only open clients can build a backlog without bound."""
        if moment.step is None or moment.profile.clients.mode != "open":
            return Reading()
        if moment.ended is not None:
            return self._at_the_end(moment, moment.ended)
        seen = self._in_windows(moment)
        return seen if seen.fires or self._asked is None else self._asked

    def _at_the_end(self, moment: Moment, step: Step) -> Reading:
        """Judged as the report judges the step."""
        parts = moment.history.tallies(moment.history.second - ceil(step.hold_start or 0.0))
        completed = np.array([part.completed for part in parts], dtype=np.float64)
        whole = _growth(parts[settled_after(completed, moment.profile.method.settle) :])
        seen = _reading(moment, whole, whole.allowed, fires=whole.verdict == "UNSUSTAINED")
        asks = whole.verdict == "INCONCLUSIVE" and whole.creeps and step.again is None
        self._asked = replace(seen, breached=True, confirms=True) if asks else None
        return self._asked or seen

    def _in_windows(self, moment: Moment) -> Reading:
        length = self._window(moment)
        shift = length // WINDOW_PARTS
        if moment.held < length:
            return Reading()
        late = _growth(moment.history.tallies(length))
        early = _growth(moment.history.tallies(length, before=shift)) if moment.held >= length + shift else None
        piles_up = late.beyond(SIGMAS) and early is not None and early.beyond(SIGMAS)
        return _reading(moment, late, late.explained(SIGMAS), fires=piles_up)

    def _window(self, moment: Moment) -> int:
        planned = moment.step.planned if moment.step else 0.0
        return round(min(LONGEST_WINDOW, max(moment.profile.method.window, planned / 3)))


def _reading(moment: Moment, seen: Growth, allowed: float, fires: bool) -> Reading:
    piled_up = PiledUp(round(seen.growth), seen.arrivals, allowed, seen.seconds, moment.history.open_jobs)
    return Reading(seen.growth > allowed, fires, max(0.0, seen.growth / allowed if allowed else 0.0), piled_up)


def _growth(parts: list[Tally]) -> Growth:
    flying = np.cumsum([0.0, *(part.arrivals - part.ends for part in parts)])
    return growth_of(flying, sum(part.arrivals for part in parts))
