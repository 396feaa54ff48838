"""What is known of a job, and when it is polled next."""

from dataclasses import dataclass

from profiles import Profile
from profiles.templating import Names
from report.recording.rows import Outcome

from .answers import UNTOLD, Answer, Told

LAST_LOOK = 0.1
"""Share of poll_every before a job is given up, at which it is polled a last time, where its next poll would come too late."""


@dataclass(slots=True, eq=False)
class Life:
    """What is known of a job so far."""

    number: int
    job: str
    kind: str
    tenant: str
    due: float
    sent: float = 0.0
    id: str = ""
    names: Names | None = None
    """What the job's calls hand on to each other."""
    accepted: float | None = None
    done_after: float | None = None
    done_before: float | None = None
    times: Told = UNTOLD
    outcome: Outcome = "abandoned"
    polls: int = 0
    missing: int = 0
    """Polls in a row that didn't find the job."""
    poll_due: float = 0.0
    state: str = ""
    """What the last poll told."""
    trouble: str = ""
    """What was wrong with the last poll."""
    pause: float = 0.0
    """Seconds before its next poll, where these come ever more seldom."""
    last_look: bool = False
    """Whether the poll that may just come in time before it is given up was made."""
    bytes_up: int = 0
    bytes_down: int = 0
    error: str = ""
    replied: float = 0.0
    asking: tuple[str, float] | None = None
    """Endpoint and due time of the request that is out."""


class Manners:
    """How often a profile's jobs are polled, and until when. Times are seconds since the run's epoch."""

    def __init__(self, profile: Profile) -> None:
        api = profile.api
        self.every, self.give_up_after = profile.clients.poll_every, profile.clients.give_up_after
        self._backoff = api.status.backoff
        self.steady = self._backoff is None
        """Whether each pause is as long as the last, but for what a reply asks."""
        self.longest = max(call.timeout or api.timeout for call in api.named.values())

    def limit(self, life: Life) -> float:
        """When the job is given up."""
        return life.due + self.give_up_after

    def within(self, life: Life, now: float) -> float | None:
        """Seconds that a request sent now may take until its job is given up; None where it ends before anyway."""
        left = life.due + self.give_up_after - now
        return None if left > self.longest else max(0.0, left)

    def after(self, life: Life, answer: Answer) -> float:
        """When the next poll is due after this one's answer: as the target asked, or after the usual pause, or a longer one
        each time."""
        if self._backoff is None:
            pause = self.every
        else:
            pause = life.pause = min(self._backoff.most, life.pause * self._backoff.factor) if life.pause else self.every
        return self.in_time(life, life.replied + (pause if answer.wait is None else answer.wait))

    def in_time(self, life: Life, due: float) -> float:
        """The same, where that would be too late: a last time just before the job is given up, or then, to give it up."""
        if due >= self.limit(life):
            last = self.limit(life) - LAST_LOOK * self.every
            due = self.limit(life) if life.last_look or last <= life.replied else last
            life.last_look = True
        life.poll_due = due
        return due
