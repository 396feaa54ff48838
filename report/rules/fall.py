"""The stop rule fall: throughput falls as the load grows."""

from dataclasses import replace

import numpy as np

from profiles import Stop
from report.stats.quantiles import batch_interval

from .plateau import judged_parts
from .rule import Moment, Reading, Rule

FALL_SHARE, FALL_STEPS = 0.10, 2
"""Throughput falls: more than 10 % below the best step's, intervals disjoint, in two steps in a row."""


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
        done = np.array([part.completed for part in judged_parts(moment, step)], dtype=float)
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
