"""The stop rule stalled: nothing comes back any more."""

from profiles import Stop

from .rule import Moment, Reading, Rule

STALL_SECONDS = 10
"""Nothing has come back for so long."""


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
