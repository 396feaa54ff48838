"""What the rule on latency looks at: the times of requests or jobs, second by second and window by window."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from profiles import Profile
from report.measure import Floats, job_times, server_times
from report.recording.rows import COMPLETED
from report.rules.history import Second, chosen_rows
from report.stats.sequential import STRETCH, Stretch

FLOOR = 0.05
"""Seconds: a rise of p95 by less is not worth a stop."""
ALWAYS = (-np.inf, np.inf)
Times = tuple[Floats, Floats]
"""What one second says of a subject: its times, and (of jobs) its times by the server's clock."""


class Window:
    """The seconds of a window that isn't full yet; of those without rows only the number is kept."""

    def __init__(self) -> None:
        self.parts: list[Times] = []
        self.seconds = self.rows = 0
        self._stretches = [0]

    def add(self, newest: Times) -> None:
        """Take in one more second."""
        self.seconds += 1
        self.rows += len(newest[0])
        if len(newest[0]):
            self.parts.append(newest)
        if self.seconds % STRETCH == 0:
            self._stretches.append(len(self.parts))

    @property
    def times(self) -> Floats:
        """The times of all of it."""
        return best_known(self.parts)

    @property
    def stretches(self) -> list[Stretch]:
        """The rows, and the sum of their times, of each 10 s."""
        parts = [self.parts[first:last] for first, last in pairwise(self._stretches)]
        times = [best_known(some) if some else np.empty(0) for some in parts]
        return [(len(some), float(some.sum())) for some in times]


def times_of(subject: str, second: Second, begun: tuple[float, float] = ALWAYS) -> Times:
    """Those of the requests sent, or of the jobs due, in [start, end) alone."""
    start, end = begun
    if subject != "job":
        sent = second.requests["sent"]
        return second.requests["seconds"][(second.requests["endpoint"] == subject) & (start <= sent) & (sent < end)], np.empty(0)
    due = second.jobs["due"]
    jobs = chosen_rows(second.jobs, np.isin(second.jobs["outcome"], COMPLETED) & (start <= due) & (due < end))
    return job_times(jobs), server_times(jobs, "total")


def best_known(parts: Iterable[Times]) -> Floats:
    """The times by the server's clock, where all of them are known."""
    own, server = (np.concatenate(column) for column in zip(*parts, strict=True))
    return server if len(server) and not np.isnan(server).any() else own


def floor_of(subject: str, profile: Profile) -> float:
    """Seconds that a median or p95 must rise by at least. A job's time is known to within a polling interval, unless the
    server tells its own times."""
    told = profile.api.times.tells("created") and profile.api.times.tells("finished")
    return FLOOR if subject != "job" or told else profile.clients.poll_every
