"""What may go wrong around a run while it lasts: workers fall silent, the watcher stops or ends, files are removed."""

from collections.abc import Callable
from pathlib import Path

from load.sampling.watcher import Watcher
from report.recording.event import Event
from report.recording.events import HeldBack, Slept, WatcherLost
from report.recording.run_info import RUN

from .collector import Collector
from .ending import Ending
from .workers import Roster

WATCHER_SLEPT = 5.0
"""Seconds between two rounds of the watcher after which it was stopped: it means to make one each second."""
WATCHER_PATIENCE = 60.0
"""Seconds without a round after which the watcher is given up, since no stop rule is judged before it has told its part."""


class Lookout:
    """Looks at everything that a run depends on. `tell` records an event; `now` tells seconds since the run's epoch."""

    def __init__(
        self,
        folder: Path,
        collector: Collector,
        roster: Roster,
        watcher: Watcher,
        ending: Ending,
        tell: Callable[[Event], None],
        now: Callable[[], float],
    ) -> None:
        self._folder, self._collector, self._roster, self._watcher = folder, collector, roster, watcher
        self._ending, self._tell, self._now = ending, tell, now
        self._watcher_lost = False
        self._watched = 0.0
        """How far the lines of the watcher had come at the last look."""
        self._held_back: dict[str, int] = {}

    def look(self) -> None:
        """Notice what has changed, record it, and end the run where it can't go on."""
        self._roster.look()
        if not (self._folder / RUN).exists():  # Its files are still open, and would take everything and keep nothing.
            self._ending.fail(f"{self._folder} was removed")
        elif removed := self._collector.removed:
            self._ending.fail(f"{self._folder / removed} was removed while the run was recorded")
        self._watch_the_watcher()
        self._lose_watcher()
        self._count_held_back()

    @property
    def mark(self) -> float:
        """All rows and samples that completed until then have come: nobody waits for a watcher that has ended."""
        return min(self._collector.low_mark(), float("inf") if self._watcher.ended else self._watcher.mark)

    def _watch_the_watcher(self) -> None:
        """Tell when a watcher goes on that told nothing for a while; one that doesn't go on is ended."""
        mark = self._watcher.mark
        if mark > self._watched:
            silent, self._watched = mark - self._watched, mark
            if silent > WATCHER_SLEPT and silent < mark:
                self._tell(Slept(self._now(), "watcher", silent))
        elif mark and self._now() - mark > WATCHER_PATIENCE:
            self._watcher.kill()

    def _lose_watcher(self) -> None:
        if self._watcher.ended and not self._watcher_lost:
            self._watcher_lost = True
            self._tell(WatcherLost(self._now()))

    def _count_held_back(self) -> None:
        held_back = self._collector.held_back()
        if held_back != self._held_back:
            self._held_back = held_back
            self._tell(HeldBack(self._now(), sum(held_back.values()), held_back))
