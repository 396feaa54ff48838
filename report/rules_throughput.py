"""Stop rules on how much work gets done: plateau, fall, backlog, stalled."""

from dataclasses import replace
from math import ceil

import numpy as np

from profiles import Stop

from .history import Tally
from .reading import Moment, Reading, Rule
from .stats import batch_interval
from .stats_steady import Growth, growth_of, settled_after
from .steps import Step

PLATEAU_GAIN, PLATEAU_LOAD = 0.05, 1.10
"""Throughput is flat: it gains less than 5 % on the best step so far, with at least 10 % more clients."""
FALL_SHARE, FALL_STEPS = 0.10, 2
"""Throughput falls: more than 10 % below the best step's, intervals disjoint, in two steps in a row."""
STALL_SECONDS = 10
"""Nothing has come back for so long."""
BACKLOG_LONGEST, BACKLOG_SHIFT = 60, 4
"""Work piles up: in two windows (a third of the hold, at most 60 s) that overlap by three quarters."""
BACKLOG_SIGMAS = 3.0
"""So many √arrivals chance may pile up in one of the many windows of a hold."""


class PlateauRule(Rule):
    """More clients no longer bring more completed jobs: judged when a step has been held to its end, and once more when
    it has been held again (where it can't be: at the end of the next step)."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop)
        self._best: tuple[float, int] | None = None
        self._seen = Reading()

    def read(self, moment: Moment) -> Reading:
        """Compare the step that just ended with the best before it, by jobs completed per second."""
        step = moment.ended
        if step is None:
            return replace(self._seen, fires=False)
        parts = _judged(moment, step)
        done = sum(part.completed for part in parts)
        self._seen = self._compare(done / max(1, len(parts)), step.clients)
        if done >= moment.profile.method.min_jobs and not self._seen.breached:  # A best of a few jobs would be chance.
            self._best = max(self._best or (0.0, 0), (done / len(parts), step.clients))
        return self._seen

    def _compare(self, rate: float, clients: int) -> Reading:
        best = self._best
        if best is None or clients < best[1] * PLATEAU_LOAD or not best[0]:
            return Reading()
        gain = rate / best[0] - 1
        values = {"rate": rate, "best_rate": best[0], "best_clients": best[1], "gain": gain, "needed": PLATEAU_GAIN}
        if gain >= PLATEAU_GAIN:
            return Reading(near=PLATEAU_GAIN / gain, values=values)
        return Reading(True, self._seen.confirms, 1.0, values, confirms=True)


class FallRule(Rule):
    """More clients bring fewer completed jobs: two steps in a row well below the best, beyond what chance explains."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop)
        self._best: tuple[float, float, int] | None = None
        self._lower = 0
        self._seen = Reading()

    def read(self, moment: Moment) -> Reading:
        """Judged when a step has been held to its end, on intervals by batch means."""
        step = moment.ended
        if step is None:
            return self._seen
        done = np.array([part.completed for part in _judged(moment, step)], dtype=float)
        rate, half = batch_interval(done)
        if self._best is None or rate > self._best[0]:
            self._best, self._lower = (rate, half, step.clients), 0
            self._seen = Reading()
            return self._seen
        best, best_half, best_clients = self._best
        falls = rate < (1 - FALL_SHARE) * best and rate + half < best - best_half and step.clients > best_clients
        self._lower = self._lower + 1 if falls else 0
        values = {"rate": rate, "best_rate": best, "best_clients": best_clients, "steps": self._lower}
        self._seen = Reading(falls, False, self._lower / FALL_STEPS, values)
        return replace(self._seen, fires=self._lower >= FALL_STEPS)


class StalledRule(Rule):
    """Jobs are in flight and no request has had a reply for a while: silence is a verdict, not a calm."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop)
        self._silent = 0

    def read(self, moment: Moment) -> Reading:
        """Counts the seconds without a reply."""
        in_flight = moment.history.open_jobs
        (newest,) = moment.history.tallies(1)
        self._silent = self._silent + 1 if in_flight > 0 and not newest.requests else 0
        values = {"silent": self._silent, "in_flight": in_flight}
        half_way = self._silent >= STALL_SECONDS // 2
        return Reading(half_way, self._silent >= STALL_SECONDS, self._silent / STALL_SECONDS, values)


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


def _judged(moment: Moment, step: Step) -> list[Tally]:
    """The counts by which a step that just ended is judged: of its last two thirds, or of the time it was held again."""
    start = step.again if step.again is not None else step.hold_start
    seconds = moment.history.second - ceil(start or 0.0)
    return moment.history.tallies(seconds if step.again is not None else seconds * 2 // 3)


def _growth(parts: list[Tally]) -> Growth:
    flying = np.cumsum([0.0, *(part.arrivals - part.ends for part in parts)])
    return growth_of(flying, sum(part.arrivals for part in parts))
