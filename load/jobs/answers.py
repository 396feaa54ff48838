"""What a reply means for a job, and the one seam between a test and its target.

Nothing behind the seam raises for what the target does: an unusable reply is an `Answer` with an error.
"""

import random
from typing import Literal, NamedTuple, Protocol

from load.http.transport import Reply
from profiles.templating import Names

State = Literal["waiting", "running", "succeeded", "failed", "rejected", ""]
FINAL = ("succeeded", "failed", "rejected")
Told = tuple[float | None, float | None, float | None, float | None, float | None]
"""The service's own times of a job: created, started, finished (seconds since 1970), and how many seconds it waited and ran."""
UNTOLD: Told = (None, None, None, None, None)
THROTTLED = "throttled"
"""What a row has for a state where a poll was told to come later: it says nothing of the job."""

NOT_YET = "not found yet"
"""The same where a job may not be known yet, so shortly after its submit."""


class Aside(NamedTuple):
    """A request that was sent on the way to an answer: a redirect, one that found the login expired, a login."""

    endpoint: str
    reply: Reply
    ok: bool
    error: str = ""


class Answer(NamedTuple):
    """One reply, understood. `error` says in few words, without ids, why it is not what the profile promised.

    In a reply that is, it tells why the job failed. `wait`: so many seconds should pass before the job's next poll.
    `gone`: the target says that there is no such job any more. `by_code`: the HTTP status told the state.
    `waited`, `ran`: seconds that the service says the job did.
    """

    reply: Reply
    ok: bool
    error: str = ""
    id: str = ""
    state: State = ""
    word: str = ""
    created: float | None = None
    started: float | None = None
    finished: float | None = None
    wait: float | None = None
    gone: bool = False
    by_code: bool = False
    asides: tuple[Aside, ...] = ()
    waited: float | None = None
    ran: float | None = None

    @property
    def times(self) -> "Told":
        """The service's own times that this reply tells."""
        return self.created, self.started, self.finished, self.waited, self.ran


class JobApi(Protocol):
    """The seam: calls each of which blocks its greenlet until the reply is there, or `within` seconds have passed (None: as
    long as it takes). `names`: what the job's calls hand on to each other, from `begin`; None where that is the id alone."""

    def begin(self, number: int, rng: random.Random, tenant: str = "") -> Names | None:
        """What a job's calls may use, before the first of them."""

    def before(self, call: int, names: Names, within: float | None = None) -> Answer:
        """Make the n-th of the calls ahead of the submit."""

    def submit(
        self,
        kind: str,
        number: int,
        rng: random.Random,
        tenant: str = "",
        names: Names | None = None,
        within: float | None = None,
    ) -> Answer:
        """Submit one job; `id` is set where it was accepted, state "rejected" where it was refused. Any other state: the job
        has ended already."""

    def status(self, job_id: str, names: Names | None = None, within: float | None = None) -> Answer:
        """Ask how a job stands; `state` is "" where the reply doesn't tell.

        `error` is the cause where the job failed, tells why, and no result of it will be fetched.
        """

    def result(self, job_id: str, names: Names | None = None, succeeded: bool = True) -> Answer:
        """Fetch the result of an ended job; `error` is the cause where the job failed and tells why. State "failed": the
        result is wrong."""

    def cancel(self, job_id: str, names: Names | None = None) -> Answer:
        """Ask the target to give up a job."""
