"""The stop rule backlog: jobs in flight grow."""

from dataclasses import replace
from math import ceil

import numpy as np

from profiles import Stop
from report.recording.steps import Step
from report.stats.steady_state import Growth, growth_of, settled_after

from .history import Tally
from .rule import Moment, Reading, Rule

BACKLOG_LONGEST, BACKLOG_SHIFT = 60, 4
"""Work piles up: in two windows (a third of the hold, at most 60 s) that overlap by three quarters."""
BACKLOG_SIGMAS = 3.0
"""So many √arrivals chance may pile up in one of the many windows of a hold."""


class BacklogRule(Rule):
    """Jobs in flight grow by more than chance explains: in two overlapping windows, or over a hold once it had settled. If
    they creep up so that the hold can't tell, it is held longer."""

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
        shift = length // BACKLOG_SHIFT
        if moment.held < length:
            return Reading()
        late = _growth(moment.history.tallies(length))
        early = _growth(moment.history.tallies(length, before=shift)) if moment.held >= length + shift else None
        piles_up = late.beyond(BACKLOG_SIGMAS) and early is not None and early.beyond(BACKLOG_SIGMAS)
        return _reading(moment, late, late.explained(BACKLOG_SIGMAS), fires=piles_up)

    def _window(self, moment: Moment) -> int:
        planned = moment.step.planned if moment.step else 0.0
        return round(min(BACKLOG_LONGEST, max(moment.profile.method.window, planned / 3)))


def _reading(moment: Moment, seen: Growth, allowed: float, fires: bool) -> Reading:
    values = {
        "growth": round(seen.growth),
        "arrivals": seen.arrivals,
        "allowed": allowed,
        "seconds": seen.seconds,
        "in_flight": moment.history.open_jobs,
    }
    return Reading(seen.growth > allowed, fires, max(0.0, seen.growth / allowed if allowed else 0.0), values)


def _growth(parts: list[Tally]) -> Growth:
    flying = np.cumsum([0.0, *(part.arrivals - part.ends for part in parts)])
    return growth_of(flying, sum(part.arrivals for part in parts))
