"""The life of one job: submit, poll until it has ended, fetch the result, record every step of it.

A job between two requests is only a record here: no greenlet of its own waits for its next poll.
"""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from gevent import GreenletExit

from profiles import Profile
from report.recording.rows import JobRow, Outcome, RequestRow

from .api import FINAL, Answer, JobApi

LOST_AFTER = 3
"""A job that is not found on so many polls in a row is lost."""
_new = tuple.__new__
"""Makes a row in a third of the time that its own constructor takes."""
GIVEN_UP = 20_000
"""So many jobs that were given up are remembered, the last ones: what timed out long ago has ended since."""


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
    accepted: float | None = None
    done_after: float | None = None
    done_before: float | None = None
    times: tuple[float | None, float | None, float | None] = (None, None, None)
    outcome: Outcome = "abandoned"
    polls: int = 0
    missing: int = 0
    """Polls in a row that didn't find the job."""
    poll_due: float = 0.0
    bytes_up: int = 0
    bytes_down: int = 0
    error: str = ""
    replied: float = 0.0
    asking: tuple[str, float] | None = None
    """Endpoint and due time of the request that is out."""


class JobRunner:
    """Runs jobs through a JobApi. `clock` tells seconds since the run's epoch; `epoch` is that on CLOCK_MONOTONIC."""

    def __init__(
        self,
        profile: Profile,
        api: JobApi,
        worker: int,
        epoch: float,
        clock: Callable[[], float],
        on_request: Callable[[RequestRow], None],
        on_job: Callable[[JobRow], None],
    ) -> None:
        self._clients, self._fetched = profile.clients, profile.api.fetched
        self._api, self._worker, self._epoch, self._clock = api, worker, epoch, clock
        self._on_request, self._on_job = on_request, on_job
        self._random = random.Random(f"{profile.seed}-{worker}-jobs")
        self.given_up: deque[Life] = deque(maxlen=GIVEN_UP)
        """Jobs that the target took and may still hold: they timed out, or the end of the run cut them off."""
        self.cut_off_by = "the run ended first"

    def begin(self, number: int, kind: str, due: float, tenant: str = "") -> Life:
        """A job that is due now; nothing is sent yet."""
        return Life(number, f"{self._worker}-{number}", kind, tenant, due)

    def advance(self, life: Life) -> float | None:
        """Send the next request of a job and wait for its reply; once the job has ended, also fetch its result.

        Returns when the next poll is due, None for a job that is over and recorded. Killed meanwhile (the run ended
        first), it is recorded as abandoned.
        """
        over = True
        try:
            due = self._submit(life) if life.accepted is None else self._poll(life)
            over = due is None
        except GreenletExit:
            self._cut_off(life)
            return None
        finally:
            if over:
                self._record_job(life)
        return due

    def abandon(self, life: Life) -> None:
        """The run ended before the job's next request."""
        self._cut_off(life)
        self._record_job(life)

    def cancel(self, life: Life) -> None:
        """Ask the target to give up a job that we gave up. Its outcome stays what it was."""
        due = self._clock()
        life.asking = ("cancel", due)
        try:
            self._record(life, "cancel", due, self._api.cancel(life.id))
        except GreenletExit:
            self._record_unanswered(life)

    def _submit(self, life: Life) -> float | None:
        life.sent = self._clock()
        life.asking = ("submit", life.due)
        answer = self._api.submit(life.kind, life.number, self._random, life.tenant)
        life.sent = answer.reply.sent - self._epoch
        self._record(life, "submit", life.due, answer)
        if answer.ok:
            life.id, life.accepted, life.done_after = answer.id, life.replied, life.sent
            life.poll_due = life.replied + self._random.uniform(0, self._clients.poll_every)
            return life.poll_due
        life.outcome = "rejected" if answer.state == "rejected" else "errored"
        life.error = answer.error
        return None

    def _poll(self, life: Life) -> float | None:
        due = life.poll_due
        life.asking = ("status", due)
        answer = self._api.status(life.id)
        life.polls += 1
        self._record(life, "status", due, answer)
        if answer.state in FINAL:
            self._end(life, answer)
            return None
        if answer.ok:
            life.done_after = answer.reply.sent - self._epoch
        life.missing = life.missing + 1 if answer.reply.code == 404 else 0
        if life.missing == LOST_AFTER:
            life.outcome, life.error = "lost", f"not found on {LOST_AFTER} polls in a row"
            return None
        if life.replied >= life.due + self._clients.give_up_after:
            life.outcome, life.error = "timed_out", answer.error or f"still {answer.state}"
            self.given_up.append(life)
            return None
        life.poll_due = life.replied + self._clients.poll_every
        return life.poll_due

    def _end(self, life: Life, answer: Answer) -> None:
        life.done_before = life.replied
        life.times = (answer.created, answer.started, answer.finished)
        life.outcome = answer.state  # type: ignore[assignment]  # one of FINAL, each of which is an outcome
        if life.outcome in self._fetched:
            answer = self._fetch(life)
        if life.outcome == "failed":
            life.error = answer.error or "failed, without a cause"
        elif not answer.ok:
            life.error = answer.error

    def _fetch(self, life: Life) -> Answer:
        life.asking = ("result", life.replied)
        answer = self._api.result(life.id)
        self._record(life, "result", life.replied, answer)
        return answer

    def _record(self, life: Life, endpoint: str, due: float, answer: Answer) -> None:
        reply, ok, found, _, _, word, *_ = answer
        sent, seconds, code, _, _, bytes_up, bytes_down, _ = reply
        sent -= self._epoch
        life.replied = sent + seconds
        life.bytes_up += bytes_up
        life.bytes_down += bytes_down
        life.asking = None
        row = (
            life.job, due, sent, seconds, self._worker, endpoint, life.kind, life.tenant, code, ok, word, bytes_down,
            "" if ok else found,
        )  # fmt: skip
        self._on_request(_new(RequestRow, row))

    def _cut_off(self, life: Life) -> None:
        life.error = life.error or self.cut_off_by
        if life.accepted is not None:
            self.given_up.append(life)
        self._record_unanswered(life)

    def _record_unanswered(self, life: Life) -> None:
        """The target may have seen a request that was out when the run ended: it must have a row."""
        if life.asking is not None:
            endpoint, due = life.asking
            now = self._clock()
            sent = min(now, max(due, life.sent, life.replied))
            self._on_request(
                RequestRow(
                    life.job, due, sent, now - sent, self._worker, endpoint, life.kind, life.tenant, None, False, "", 0,
                    "cut off at the end of the run",
                )
            )  # fmt: skip

    def _record_job(self, life: Life) -> None:
        created, started, finished = life.times
        self._on_job(
            JobRow(
                life.job, life.id, life.kind, life.tenant, self._worker, life.due, life.sent, life.accepted, life.done_after,
                life.done_before, self._clock(), created, started, finished, life.outcome, life.polls, life.bytes_up,
                life.bytes_down, life.error,
            )
        )  # fmt: skip
