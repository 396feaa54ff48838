"""The life of one job: submit, poll until it has ended, fetch the result, record every step of it.

A job between two requests is only a record here: no greenlet of its own waits for its next poll.
"""

import random
from collections import deque
from collections.abc import Callable

from gevent import GreenletExit

from load.http.deadlines import GIVEN_UP as ENDED
from profiles import Profile
from report.recording.rows import JobRow, RequestRow

from .answers import FINAL, NOT_YET, Answer, JobApi
from .life import Life, Manners
from .reading import together
from .recording import Rows

LOST_AFTER = 3
"""A job that is not found on so many polls in a row is lost."""
GIVEN_UP = 20_000
"""So many jobs that were given up are remembered, the last ones: what timed out long ago has ended since."""


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
        self._fetched, self._manners = profile.api.fetched, Manners(profile)
        self._before = [call.name for call in profile.api.before]
        self._hands_on = not profile.api.plain
        self._not_found_for = profile.api.status.not_found_for
        self._api, self._worker, self._epoch, self._clock = api, worker, epoch, clock
        self._rows = Rows(worker, epoch, clock, on_request, on_job)
        self.record_login = self._rows.login
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
                self._rows.job(life)
        return due

    def abandon(self, life: Life) -> None:
        """The run ended before the job's next request."""
        self._cut_off(life)
        self._rows.job(life)

    def cancel(self, life: Life) -> None:
        """Ask the target to give up a job that we gave up. Its outcome stays what it was."""
        due = self._clock()
        life.asking = ("cancel", due)
        try:
            self._rows.request(life, "cancel", due, self._api.cancel(life.id, life.names))
        except GreenletExit:
            self._rows.unanswered(life)

    def _submit(self, life: Life) -> float | None:
        life.sent = self._clock()
        if self._hands_on:
            life.names = self._api.begin(life.number, self._random, life.tenant)
        if self._before and not self._prepared(life):
            return None
        life.asking = ("submit", life.due)
        within = self._manners.within(life, life.sent)
        answer = self._api.submit(life.kind, life.number, self._random, life.tenant, life.names, within)
        life.sent = answer.reply.sent - self._epoch
        self._rows.request(life, "submit", life.due, answer)
        if not answer.ok:
            self._not_taken(life, answer)
            return None
        life.id, life.accepted, life.done_after = answer.id, life.replied, life.sent
        life.times = answer.times
        if answer.state:
            self._end(life, answer, fetch=bool(answer.id) and not answer.by_code)
            return None
        return self._manners.in_time(life, life.replied + self._random.uniform(0, self._manners.every))

    def _prepared(self, life: Life) -> bool:
        """Make the calls ahead of the submit; whether all of them were good."""
        for place, name in enumerate(self._before):
            due = life.replied if place else life.due
            life.asking = (name, due)
            answer = self._api.before(place, life.names or {}, self._manners.within(life, self._clock()))
            life.sent = life.sent if place else answer.reply.sent - self._epoch
            self._rows.request(life, name, due, answer)
            if not answer.ok:
                self._not_taken(life, answer)
                life.error = f"{name}: {life.error}"
                return False
        return True

    def _not_taken(self, life: Life, answer: Answer) -> None:
        refused = answer.state == "rejected"
        life.outcome = "rejected" if refused else "timed_out" if answer.error == ENDED else "errored"
        life.error = answer.error

    def _poll(self, life: Life) -> float | None:
        due = life.poll_due
        if life.last_look and self._clock() >= self._manners.limit(life):
            self._give_up(life)
            return None
        life.asking = ("status", due)
        manners = self._manners
        hurried = life.due + manners.give_up_after - due <= manners.longest
        answer = self._api.status(life.id, life.names, manners.within(life, self._clock()) if hurried else None)
        life.polls += 1
        if not answer.ok and answer.reply.code == 404:
            answer = self._not_found(life, answer)
        elif life.missing:
            life.missing = 0
        self._rows.request(life, "status", due, answer)
        if answer.state in FINAL and life.replied <= life.due + manners.give_up_after:
            self._end(life, answer)
            return None
        if answer.gone or life.missing == LOST_AFTER:
            life.outcome = "lost"
            life.error = f"gone ({answer.error})" if answer.gone else f"not found on {LOST_AFTER} polls in a row"
            return None
        if answer.error == ENDED or answer.state in FINAL:  # Its end was seen too late.
            self._give_up(life)
            return None
        if answer.state:
            life.done_after = answer.reply.sent - self._epoch
        life.state, life.trouble = answer.state, answer.error
        next_due = life.replied + manners.every
        if manners.steady and answer.wait is None and next_due < life.due + manners.give_up_after:
            life.poll_due = next_due
            return next_due
        return manners.after(life, answer)

    def _not_found(self, life: Life, answer: Answer) -> Answer:
        """A job that isn't found counts as lost after a while, but right after its submit that may be no fault."""
        if self._not_found_for and not answer.gone:
            replied = answer.reply.sent - self._epoch + answer.reply.seconds
            if replied < (life.accepted or 0.0) + self._not_found_for:
                return answer._replace(ok=True, error="", word=NOT_YET)
        life.missing += 1
        return answer

    def _give_up(self, life: Life) -> None:
        life.outcome = "timed_out"
        life.error = life.trouble or (f"still {life.state}" if life.state else "its state wasn't told")
        self.given_up.append(life)

    def _end(self, life: Life, answer: Answer, fetch: bool = True) -> None:
        life.done_before = life.replied
        life.times = together(life.times, answer.times)
        life.outcome = answer.state  # type: ignore[assignment]  # one of FINAL, each of which is an outcome
        if fetch and life.outcome in self._fetched:
            answer = self._fetch(life)
            life.times = together(life.times, answer.times)
            if answer.state == "failed":
                life.outcome = "failed"
        if life.outcome == "failed":
            life.error = answer.error or "failed, without a cause"
        elif not answer.ok:
            life.error = answer.error

    def _fetch(self, life: Life) -> Answer:
        due = life.replied
        life.asking = ("result", due)
        answer = self._api.result(life.id, life.names, life.outcome == "succeeded")
        self._rows.request(life, "result", due, answer)
        return answer

    def _cut_off(self, life: Life) -> None:
        life.error = life.error or self.cut_off_by
        if life.accepted is not None:
            self.given_up.append(life)
        self._rows.unanswered(life)
