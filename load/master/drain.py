"""The end of the load: no more arrivals, open jobs may end, every row arrives. Only then may Locust quit."""

from collections.abc import Callable

import gevent

from profiles import Profile
from report.recording.event import Event
from report.recording.events import DrainStart

from .collector import Collector, WorkerState
from .ending import End, Ending
from .workers import Roster

EVERY = 0.2
"""Seconds between two looks."""
GRACE = 10.0
"""Seconds that workers have to send all they recorded, after the time that open jobs have to end."""
INTERRUPTED = 10.0
"""Seconds that open jobs have to end in a run that was interrupted once; after the second signal they have none."""


class Drain:
    """Drains the workers. `tell` records an event and shows it; `now` tells seconds since the run's epoch."""

    def __init__(
        self,
        profile: Profile,
        collector: Collector,
        roster: Roster,
        ending: Ending,
        tell: Callable[[Event], None],
        now: Callable[[], float],
    ) -> None:
        self._profile, self._collector, self._roster = profile, collector, roster
        self._ending, self._tell, self._now = ending, tell, now

    def carry_out(self, end: End, show: Callable[[], None]) -> None:
        """Drain a run that ends so; `show` is called again and again meanwhile. Those that aren't through in time are lost; where
        the folder takes no more, nobody is waited for, and nobody to blame."""
        limit = self._limit(end)
        in_flight = self._collector.total(lambda w: w.in_flight)
        self._tell(DrainStart(self._now(), in_flight, limit))
        self._roster.drain(limit)
        obeyed, deadline = 0, self._now() + limit + GRACE
        while self._awaited() and self._now() < deadline:
            gevent.sleep(EVERY)
            self._roster.look()
            if len(self._ending.signals) > obeyed:
                obeyed = len(self._ending.signals)
                self._shorten(end, limit, obeyed)
            show()
        for worker in self._awaited():
            self._roster.lose(worker, "it did not finish its drain")

    def _awaited(self) -> list[WorkerState]:
        """The workers whose last rows have not come, and could still be taken."""
        return [worker for worker in self._collector.taking_part if not worker.final and not self._ending.unwritable]

    def _limit(self, end: End) -> float:
        """Seconds that open jobs have to end. A batch has had them before it was over."""
        limit = self._profile.load.drain if self._profile.batch is None or end.reason != "finished" else 0.0
        if end.reason != "interrupted":
            return limit
        return min(limit, INTERRUPTED) if len(self._ending.signals) == 1 else 0.0

    def _shorten(self, end: End, limit: float, signals: int) -> None:
        """Somebody wants it to end sooner than the drain would."""
        if signals > 1:
            self._roster.drain(0.0, cancel=False)
        else:
            self._roster.drain(limit if end.reason == "interrupted" else INTERRUPTED)
