"""The stop rule errors: more requests of an endpoint, or jobs, fail than is tolerated."""

from dataclasses import dataclass

from profiles import Stop
from profiles.stops import Traits
from report.stats.sequential import ALARM, Excursion, bernoulli_cusum, first_failure
from report.text import share, span

from .failures import failed_of, failures_in, main_cause, mostly, subjects
from .rule import BuiltIn, Moment, Reading, Seen

NEAR_ALARM = 0.5
"""The errors rule is armed from here on, half of the evidence that it needs, until there is none."""


@dataclass(frozen=True)
class Failed(Seen):
    """`failed` of so many requests of an endpoint (`subject`), or "job"s, in `seconds`; the share `tolerate` is tolerated.
    `score`: the evidence for more, which fires at `limit`."""

    subject: str
    failed: int
    of: int
    seconds: int
    tolerate: float
    score: float
    limit: float
    cause: str

    def sentence(self) -> str:
        """Why the rule was armed or fired."""
        failed = failed_of(self.subject, self.failed, self.of)
        if not self.tolerate:
            return f"{failed} since the start (none tolerated){mostly(self.cause)}"
        return f"{failed} in {span(self.seconds)} ({share(self.tolerate)} tolerated){mostly(self.cause)}"


class ErrorsRule(BuiltIn):
    """Too many failed requests of an endpoint, or jobs that did not succeed: by CUSUM, or at the first where none is
    tolerated."""

    name = "errors"
    traits = Traits()
    sees = Failed
    broke = "more failed than is tolerated"

    @property
    def ends_when(self) -> str:
        """When it fires, for the report's load profile."""
        if not self._tolerate:
            return "any request or job fails"
        return f"more than {share(self._tolerate)} of the jobs, or of an endpoint's requests, fail"

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
        cause = main_cause(subject, moment, now.seconds)
        return Reading(
            True, now.alarms, near, Failed(subject, now.bad, now.of, now.seconds, self._tolerate, now.score, ALARM, cause)
        )
