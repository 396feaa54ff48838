"""The stop rule fall: throughput falls as the load grows."""

from dataclasses import dataclass, replace

import numpy as np

from profiles import Stop
from profiles.stops import Traits
from report.stats.quantiles import batch_interval
from report.text import rate

from .plateau import judged_parts
from .rule import BuiltIn, Moment, Reading, Seen

FALL_SHARE = 0.10
"""Throughput has fallen where it is by more than this share below the best step's, and their intervals are disjoint."""
FALL_STEPS = 2
"""So many steps in a row must show it."""


@dataclass(frozen=True)
class Fell(Seen):
    """Jobs completed per second, against the most that a step had before, with so many clients; so in `steps` in a row."""

    rate: float
    best_rate: float
    best_clients: int
    steps: int

    def sentence(self) -> str:
        """Why the rule was armed or fired."""
        return (
            f"throughput fell to {rate(self.rate)} completed, from {rate(self.best_rate)} at {self.best_clients} clients "
            f"({self.steps} steps in a row)"
        )


class FallRule(BuiltIn):
    """More clients bring fewer completed jobs: two steps in a row well below the best, beyond what chance explains."""

    name = "fall"
    traits = Traits(compares_steps=True)
    sees = Fell
    broke = "throughput fell as the load grew"
    ends_when = "completed jobs per second fall as the load grows, in two steps in a row"

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
        done = np.array([part.completed for part in judged_parts(moment, step)], dtype=float)
        now, half = batch_interval(done)
        if self._best is None or now > self._best[0]:
            self._best, self._lower = (now, half, step.clients), 0
            self._seen = Reading()
            return self._seen
        best, best_half, best_clients = self._best
        falls = now < (1 - FALL_SHARE) * best and now + half < best - best_half and step.clients > best_clients
        self._lower = self._lower + 1 if falls else 0
        self._seen = Reading(falls, False, self._lower / FALL_STEPS, Fell(now, best, best_clients, self._lower))
        return replace(self._seen, fires=self._lower >= FALL_STEPS)
