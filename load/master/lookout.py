"""What may go wrong around a run while it lasts: workers fall silent, the watcher ends, the folder is removed."""

from collections.abc import Callable
from pathlib import Path

from load.sampling.watcher import Watcher
from report.recording.event import Event
from report.recording.events import HeldBack, WatcherLost
from report.recording.run_info import RUN

from .collector import Collector
from .ending import Ending
from .workers import Roster


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
        self._held_back: dict[str, int] = {}

    def look(self) -> None:
        """Notice what has changed, record it, and end the run where it can't go on."""
        self._roster.look()
        if not (self._folder / RUN).exists():  # Its files are still open, and would take everything and keep nothing.
            self._ending.fail(f"{self._folder} was removed")
        self._lose_watcher()
        self._count_held_back()

    @property
    def mark(self) -> float:
        """All rows and samples that completed until then have come: nobody waits for a watcher that has ended."""
        return min(self._collector.low_mark(), float("inf") if self._watcher.ended else self._watcher.mark)

    def _lose_watcher(self) -> None:
        if self._watcher.ended and not self._watcher_lost:
            self._watcher_lost = True
            self._tell(WatcherLost(self._now()))

    def _count_held_back(self) -> None:
        held_back = self._collector.held_back()
        if held_back != self._held_back:
            self._held_back = held_back
            self._tell(HeldBack(self._now(), sum(held_back.values()), held_back))
