"""The stop rule plateau: throughput no longer grows with the load."""

from dataclasses import replace
from math import ceil

from profiles import Stop
from report.recording.steps import Step

from .history import Tally
from .rule import Moment, Reading, Rule

PLATEAU_GAIN, PLATEAU_LOAD = 0.05, 1.10
"""Throughput is flat: it gains less than 5 % on the best step so far, with at least 10 % more clients."""


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
        parts = judged_parts(moment, step)
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


def judged_parts(moment: Moment, step: Step) -> list[Tally]:
    """The counts by which a step that just ended is judged: of its last two thirds, or of the time it was held again."""
    start = step.again if step.again is not None else step.hold_start
    seconds = moment.history.second - ceil(start or 0.0)
    return moment.history.tallies(seconds if step.again is not None else seconds * 2 // 3)
