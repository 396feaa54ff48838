"""The stop rule plateau: throughput no longer grows with the load."""

from dataclasses import dataclass, replace
from math import ceil

from profiles import Stop
from profiles.stops import Traits
from report.recording.steps import Step
from report.text import rate

from .history import Tally
from .rule import BuiltIn, Moment, Reading, Seen

PLATEAU_GAIN = 0.05
"""Throughput is flat where it gains less than this share on the best step so far."""
PLATEAU_LOAD = 1.10
"""A step is compared with the best one if it has at least so many times its clients."""


@dataclass(frozen=True)
class Flat(Seen):
    """Jobs completed per second, against the most that a step had before, with so many clients: a gain of the share `gain`,
    where `needed` would be growth."""

    rate: float
    best_rate: float
    best_clients: int
    gain: float
    needed: float

    def sentence(self) -> str:
        """Why the rule was armed or fired."""
        return (
            f"throughput did not grow: {rate(self.rate)} completed, against {rate(self.best_rate)} at {self.best_clients} clients"
        )


class PlateauRule(BuiltIn):
    """More clients no longer bring more completed jobs: judged when a step has been held to its end, and once more when
    it has been held again (where it can't be: at the end of the next step)."""

    name = "plateau"
    traits = Traits(compares_steps=True, fires_beyond_capacity=True)
    sees = Flat
    broke = "throughput no longer grew with the load"
    ends_when = "completed jobs per second no longer grow with the load, in a step that was held again to make sure"

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop)
        self._best: tuple[float, int] | None = None
        self._seen = Reading()

    def read(self, moment: Moment) -> Reading:
        """Compare the step that just ended with the best before it, by jobs completed per second."""
        step = moment.ended
        if step is None:
            return replace(self._seen, fires=False)
        parts = judged_parts(moment, step)
        done = sum(part.completed for part in parts)
        self._seen = self._compare(done / max(1, len(parts)), step.clients)
        if done >= moment.profile.method.min_jobs and not self._seen.breached:  # A best of a few jobs would be chance.
            self._best = max(self._best or (0.0, 0), (done / len(parts), step.clients))
        return self._seen

    def _compare(self, completed: float, clients: int) -> Reading:
        best = self._best
        if best is None or clients < best[1] * PLATEAU_LOAD or not best[0]:
            return Reading()
        gain = completed / best[0] - 1
        seen = Flat(completed, best[0], best[1], gain, PLATEAU_GAIN)
        if gain >= PLATEAU_GAIN:
            return Reading(near=PLATEAU_GAIN / gain, seen=seen)
        return Reading(True, self._seen.confirms, 1.0, seen, confirms=True)


def judged_parts(moment: Moment, step: Step) -> list[Tally]:
    """The counts by which a step that just ended is judged: of its last two thirds, or of the time it was held again."""
    start = step.again if step.again is not None else step.hold_start
    seconds = moment.history.second - ceil(start or 0.0)
    return moment.history.tallies(seconds if step.again is not None else seconds * 2 // 3)
