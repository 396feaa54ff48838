"""The stop rule stalled: nothing comes back any more."""

from dataclasses import dataclass

from profiles import Stop
from profiles.stops import Traits
from report.text import count_of

from .rule import BuiltIn, Moment, Reading, Seen

STALL_SECONDS = 10
"""Nothing has come back for so long."""


@dataclass(frozen=True)
class Silence(Seen):
    """No request has had a reply for `silent` seconds, with so many jobs in flight."""

    silent: int
    in_flight: int

    def sentence(self) -> str:
        """Why the rule was armed or fired."""
        return f"no request had a reply for {self.silent} s with {count_of(self.in_flight, 'job')} in flight"


class StalledRule(BuiltIn):
    """Jobs are in flight and no request has had a reply for a while: silence is a verdict, not a calm."""

    name = "stalled"
    traits = Traits()
    sees = Silence
    broke = "nothing came back any more"
    ends_when = f"jobs are in flight and no request has a reply for {STALL_SECONDS} s"

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop)
        self._silent = 0

    def read(self, moment: Moment) -> Reading:
        """Counts the seconds without a reply."""
        in_flight = moment.history.open_jobs
        (newest,) = moment.history.tallies(1)
        self._silent = self._silent + 1 if in_flight > 0 and not newest.requests else 0
        seen = Silence(self._silent, in_flight)
        half_way = self._silent >= STALL_SECONDS // 2
        return Reading(half_way, self._silent >= STALL_SECONDS, self._silent / STALL_SECONDS, seen)
