"""The life of one job: submit, poll until it has ended, fetch the result, record every step of it."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import gevent
from gevent.event import Event

from profiles import Profile
from report.rows import JobRow, Outcome, RequestRow

from .api import FINAL, Answer, JobApi

LOST_AFTER = 3
"""A job that is not found on so many polls in a row is lost."""


@dataclass(slots=True)
class _Life:
    """What is known of a job so far."""

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
        self._clients, self._fetches = profile.clients, profile.api.result is not None
        self._api, self._worker, self._epoch, self._clock = api, worker, epoch, clock
        self._on_request, self._on_job = on_request, on_job
        self._random = random.Random(f"{profile.seed}-{worker}-jobs")

    def run(self, number: int, kind: str, due: float, tenant: str = "", submitted: Event | None = None) -> None:
        """Live through one job; `submitted` is set when its submit has been answered. Killed meanwhile (the run ended
        first), it is recorded as abandoned."""
        life = _Life(f"{self._worker}-{number}", kind, tenant, due)
        try:
            accepted = self._submit(life, number)
            if submitted is not None:
                submitted.set()
            if accepted:
                self._poll(life)
                if self._fetches and life.outcome in ("succeeded", "failed"):
                    self._fetch(life)
        except gevent.GreenletExit:
            life.error = life.error or "the run ended first"
            self._record_cut_off(life)
        finally:
            self._record_job(life)

    def _submit(self, life: _Life, number: int) -> bool:
        life.sent = self._clock()
        life.asking = ("submit", life.due)
        answer = self._api.submit(life.kind, number, self._random, life.tenant)
        life.sent = answer.reply.sent - self._epoch
        self._record(life, "submit", life.due, answer)
        if answer.ok:
            life.id, life.accepted, life.done_after = answer.id, life.replied, life.sent
            return True
        life.outcome = "rejected" if answer.state == "rejected" else "errored"
        life.error = answer.error
        return False

    def _poll(self, life: _Life) -> None:
        give_up = life.due + self._clients.give_up_after
        due = life.replied + self._random.uniform(0, self._clients.poll_every)
        missing = 0
        while True:
            gevent.sleep(max(0.0, due - self._clock()))
            life.asking = ("status", due)
            answer = self._api.status(life.id)
            life.polls += 1
            self._record(life, "status", due, answer)
            if answer.state in FINAL:
                self._end(life, answer)
                return
            if answer.ok:
                life.done_after = answer.reply.sent - self._epoch
            missing = missing + 1 if answer.reply.code == 404 else 0
            if missing == LOST_AFTER:
                life.outcome, life.error = "lost", f"not found on {LOST_AFTER} polls in a row"
                return
            if life.replied >= give_up:
                life.outcome, life.error = "timed_out", answer.error or f"still {answer.state}"
                return
            due = life.replied + self._clients.poll_every

    def _end(self, life: _Life, answer: Answer) -> None:
        life.done_before = life.replied
        life.times = (answer.created, answer.started, answer.finished)
        life.outcome = answer.state  # type: ignore[assignment]  # one of FINAL, each of which is an outcome

    def _fetch(self, life: _Life) -> None:
        life.asking = ("result", life.replied)
        answer = self._api.result(life.id)
        self._record(life, "result", life.replied, answer, error="" if answer.ok else answer.error)
        life.error = answer.error or ("failed, without a cause" if life.outcome == "failed" else "")

    def _record(self, life: _Life, endpoint: str, due: float, answer: Answer, error: str | None = None) -> None:
        reply = answer.reply
        sent = reply.sent - self._epoch
        life.replied = sent + reply.seconds
        life.bytes_up += reply.bytes_up
        life.bytes_down += reply.bytes_down
        life.asking = None
        said = answer.error if error is None else error
        self._on_request(
            RequestRow(
                life.job, due, sent, reply.seconds, self._worker, endpoint, life.kind, life.tenant, reply.code,
                answer.ok, answer.word, reply.bytes_down, said,
            )
        )  # fmt: skip

    def _record_cut_off(self, life: _Life) -> None:
        """The target may have seen a request that was out when the job was killed: it must have a row."""
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

    def _record_job(self, life: _Life) -> None:
        created, started, finished = life.times
        self._on_job(
            JobRow(
                life.job, life.id, life.kind, life.tenant, self._worker, life.due, life.sent, life.accepted, life.done_after,
                life.done_before, self._clock(), created, started, finished, life.outcome, life.polls, life.bytes_up,
                life.bytes_down, life.error,
            )
        )  # fmt: skip
