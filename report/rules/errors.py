"""The stop rule errors: more requests of an endpoint, or jobs, fail than is tolerated."""

from profiles import Stop
from report.stats.sequential import ALARM, Excursion, bernoulli_cusum, first_failure

from .failures import failures_in, main_cause, subjects
from .rule import Moment, Reading, Rule

NEAR_ALARM = 0.5
"""The errors rule is armed from here on, half of the evidence that it needs, until there is none."""


class ErrorsRule(Rule):
    """Too many failed requests of an endpoint, or jobs that did not succeed: by CUSUM, or at the first where none is
    tolerated."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop)
        self._tolerate = stop.tolerate
        self._tracks: dict[str, Excursion] = {}
        self._armed: set[str] = set()

    def read(self, moment: Moment) -> Reading:
        """Each subject by itself, so that many good polls don't hide bad submits; the nearest is told."""
        return max((self._of(subject, moment) for subject in subjects(moment.profile)), key=lambda r: (r.breached, r.near))

    def renew(self) -> None:
        """The next step is judged by its own failures."""
        self._tracks, self._armed = {}, set()

    def _of(self, subject: str, moment: Moment) -> Reading:
        count = failures_in(moment.newest, subject)
        before = self._tracks.get(subject, Excursion())
        now = bernoulli_cusum(before, *count, self._tolerate) if self._tolerate else first_failure(before, *count)
        self._tracks[subject] = now
        near = now.score / ALARM
        if near >= NEAR_ALARM:
            self._armed.add(subject)
        elif not near:
            self._armed.discard(subject)
        if subject not in self._armed:
            return Reading(near=near)
        values = {"subject": subject, "failed": now.bad, "of": now.of, "seconds": now.seconds, "tolerate": self._tolerate,
                  "score": now.score, "limit": ALARM, "cause": main_cause(subject, moment, now.seconds)}  # fmt: skip
        return Reading(True, now.alarms, near, values)
