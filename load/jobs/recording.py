"""The rows of the jobs of one worker: each request that the target has seen, each job that has ended."""

from collections.abc import Callable

from report.recording.rows import JobRow, RequestRow

from .answers import Answer, Aside
from .life import Life
from .reading import moments

_new = tuple.__new__
"""Makes a row in a third of the time that its own constructor takes."""


class Rows:
    """Writes them. `clock` tells seconds since the run's epoch; `epoch` is that on CLOCK_MONOTONIC."""

    def __init__(
        self,
        worker: int,
        epoch: float,
        clock: Callable[[], float],
        on_request: Callable[[RequestRow], None],
        on_job: Callable[[JobRow], None],
    ) -> None:
        self._worker, self._epoch, self._clock = worker, epoch, clock
        self._on_request, self._on_job = on_request, on_job

    def request(self, life: Life, endpoint: str, due: float, answer: Answer) -> None:
        """A request was answered, or failed."""
        reply, ok, found, _, _, word, _, _, _, _, _, _, asides, *_ = answer
        if asides:
            self._asides(life, due, asides)
        sent, seconds, code, _, _, bytes_up, bytes_down, _, again, _ = reply
        sent -= self._epoch
        life.replied = sent + seconds
        life.bytes_up += bytes_up
        life.bytes_down += bytes_down
        life.asking = None
        row = (
            life.job, due, sent, seconds, self._worker, endpoint, life.kind, life.tenant, code, ok, word, bytes_down,
            again if ok else found,
        )  # fmt: skip
        self._on_request(_new(RequestRow, row))

    def _asides(self, life: Life, due: float, asides: tuple[Aside, ...]) -> None:
        """The requests on the way to an answer, each of which the target has seen."""
        for aside in asides:
            reply = aside.reply
            life.bytes_up += reply.bytes_up
            life.bytes_down += reply.bytes_down
            self._on_request(
                RequestRow(
                    life.job, due, reply.sent - self._epoch, reply.seconds, self._worker, aside.endpoint, life.kind,
                    life.tenant, reply.code, aside.ok, "", reply.bytes_down, aside.error or reply.again,
                )
            )  # fmt: skip

    def login(self, aside: Aside) -> None:
        """A login, which belongs to no job."""
        reply = aside.reply
        sent = reply.sent - self._epoch
        self._on_request(
            RequestRow(
                "", sent, sent, reply.seconds, self._worker, aside.endpoint, "", "", reply.code, aside.ok, "", reply.bytes_down,
                aside.error,
            )
        )  # fmt: skip

    def unanswered(self, life: Life) -> None:
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

    def job(self, life: Life) -> None:
        """A job is over."""
        created, started, finished = moments(life.times)
        self._on_job(
            JobRow(
                life.job, life.id, life.kind, life.tenant, self._worker, life.due, life.sent, life.accepted, life.done_after,
                life.done_before, self._clock(), created, started, finished, life.outcome, life.polls, life.bytes_up,
                life.bytes_down, life.error,
            )
        )  # fmt: skip
