"""The life of a job, played in virtual time against a target that replies as scripted."""

import random
from collections.abc import Callable
from typing import Any

import gevent
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from load.http.deadlines import GIVEN_UP
from load.http.transport import Reply
from load.jobs.answers import Answer, Aside
from load.jobs.job import LOST_AFTER, JobRunner
from profiles import Profile
from report.recording.rows import OUTCOMES, JobRow, RequestRow

EPOCH = 5000.0
TOOK = 0.25
UP, DOWN = 30, 70


class Killed(gevent.GreenletExit):
    """What a greenlet that is killed sees, wherever it waits."""


class Play:
    """A clock, a target that follows a script of answers, and the rows that come of it."""

    def __init__(self, profile: Profile) -> None:
        self.now, self.killed_at = 100.0, float("inf")
        self.script: list[Answer] = []
        self.asked: list[tuple[float, str, str]] = []
        self.requests: list[RequestRow] = []
        self.jobs: list[JobRow] = []
        self.runner = JobRunner(profile, self, 3, EPOCH, lambda: self.now, self.requests.append, self.jobs.append)

    def wait(self, seconds: float) -> None:
        if self.now + seconds >= self.killed_at:
            self.now = max(self.now, self.killed_at)
            raise Killed
        self.now += seconds

    def begin(self, number: int, rng: random.Random, tenant: str = "") -> None:
        return None

    def submit(
        self, kind: str, number: int, rng: random.Random, tenant: str, names: Any = None, within: float | None = None
    ) -> Answer:
        return self._answer(f"submit {kind} {number}", "", within)

    def status(self, job_id: str, names: Any = None, within: float | None = None) -> Answer:
        return self._answer("status", job_id, within)

    def result(self, job_id: str, names: Any = None, succeeded: bool = True) -> Answer:
        return self._answer("result", job_id)

    def _answer(self, endpoint: str, job_id: str, within: float | None = None) -> Answer:
        sent = self.now
        self.asked.append((sent, endpoint, job_id))
        answer = self.script.pop(0)
        if within is not None and answer.reply.seconds > within:
            self.wait(within)
            return Answer(Reply(EPOCH + sent, within, None, b"", {}, UP, 0, GIVEN_UP), False, GIVEN_UP)
        self.wait(answer.reply.seconds)
        reply = Reply(EPOCH + sent, answer.reply.seconds, answer.reply.code, b"", {}, UP, DOWN, answer.reply.error)
        return answer._replace(reply=reply)

    def live(self, number: int, kind: str, due: float) -> None:
        life = self.runner.begin(number, kind, due, "a")
        try:
            while (next_due := self.runner.advance(life)) is not None:
                self.wait(max(0.0, next_due - self.now))
        except Killed:
            self.runner.abandon(life)

    def run(self, *script: Answer, due: float = 100.0, kind: str = "sum", **changed: Any) -> JobRow:
        self.script = list(script)
        for name, value in changed.items():
            setattr(self, name, value)
        self.live(7, kind, due)
        assert self.killed_at < float("inf") or not self.script, "answers were left"
        (job,) = self.jobs
        return job


@pytest.fixture
def play(profile_with: Callable[..., Profile]) -> Play:
    return Play(profile_with(clients={"poll_every": "2s", "give_up_after": "1m"}))


def answer(ok: bool = True, code: int | None = 200, error: str = "", seconds: float = TOOK, **told: Any) -> Answer:
    return Answer(Reply(0, seconds, code, b"", "", 0, 0, error), ok, error, **told)


ACCEPTED = answer(code=202, id="job/1")
WAITING, RUNNING = answer(state="waiting", word="QUEUED"), answer(state="running", word="RUNNING")
DONE = answer(state="succeeded", word="DONE", created=1.0, started=2.0, finished=3.0)
FAILED = answer(state="failed", word="FAILED")
FETCHED = answer()
MISSING = answer(False, 404, "HTTP 404")
BROKEN = answer(False, None, "connection reset")
STRANGE = answer(False, 200, "state 'ODD' is not in api.states", word="ODD")


def test_a_job_that_succeeds(play: Play) -> None:
    job = play.run(ACCEPTED, WAITING, RUNNING, DONE, FETCHED, due=99.5)
    polls = [asked for asked, endpoint, _ in play.asked if endpoint == "status"]
    assert [asked[1:] for asked in play.asked] == [("submit sum 7", ""), *[("status", "job/1")] * 3, ("result", "job/1")]
    assert (job.job, job.id, job.kind, job.tenant, job.worker) == ("3-7", "job/1", "sum", "a", 3)
    assert (job.outcome, job.error, job.polls) == ("succeeded", "", 3)
    assert (job.due, job.sent, job.accepted) == (99.5, 100.0, 100.25)
    assert (job.done_after, job.done_before) == pytest.approx((polls[1], polls[2] + TOOK))
    assert (job.created, job.started, job.finished) == (1.0, 2.0, 3.0)
    assert job.ended == play.now == pytest.approx(job.done_before + TOOK)
    assert (job.bytes_up, job.bytes_down) == (5 * UP, 5 * DOWN)


def test_every_request_has_a_row(play: Play) -> None:
    play.run(ACCEPTED, BROKEN, DONE, FETCHED, due=99.5)
    assert [(row.endpoint, row.code, row.ok, row.state, row.error) for row in play.requests] == [
        ("submit", 202, True, "", ""),
        ("status", None, False, "", "connection reset"),
        ("status", 200, True, "DONE", ""),
        ("result", 200, True, "", ""),
    ]
    assert all((row.job, row.kind, row.tenant, row.worker) == ("3-7", "sum", "a", 3) for row in play.requests)
    assert [row.sent for row in play.requests] == pytest.approx([asked for asked, _, _ in play.asked])
    submit, first, second, fetch = play.requests
    assert submit.due == 99.5
    assert 0 <= first.due - (submit.sent + TOOK) <= 2.0
    assert second.due == pytest.approx(first.sent + TOOK + 2.0)
    assert fetch.due == pytest.approx(second.sent + TOOK)


def test_a_job_that_was_done_at_the_first_poll_is_bracketed_by_its_submit(play: Play) -> None:
    job = play.run(ACCEPTED, DONE, FETCHED)
    assert job.done_after == job.sent == 100.0


def test_a_poll_that_failed_saw_nothing(play: Play) -> None:
    job = play.run(ACCEPTED, RUNNING, BROKEN, STRANGE, DONE, FETCHED)
    seen, *_ = (asked for asked, endpoint, _ in play.asked if endpoint == "status")
    assert job.done_after == pytest.approx(seen)


OUTCOME_TABLE: list[tuple[str, list[Answer], str, str, int]] = [
    ("failed with a cause", [ACCEPTED, FAILED, answer(error="no memory")], "failed", "no memory", 1),
    ("failed without", [ACCEPTED, FAILED, FETCHED], "failed", "failed, without a cause", 1),
    ("rejected at once", [answer(False, 503, "HTTP 503", state="rejected")], "rejected", "HTTP 503", 0),
    ("rejected later", [ACCEPTED, WAITING, answer(state="rejected", word="REFUSED")], "rejected", "", 2),
    ("errored", [answer(False, 500, "HTTP 500")], "errored", "HTTP 500", 0),
    ("errored without a reply", [answer(False, None, "timed out")], "errored", "timed out", 0),
    ("lost", [ACCEPTED, RUNNING, *[MISSING] * LOST_AFTER], "lost", "not found on 3 polls in a row", 4),
    ("found again", [ACCEPTED, MISSING, MISSING, RUNNING, MISSING, MISSING, DONE, FETCHED], "succeeded", "", 6),
    ("not found, and broken between", [ACCEPTED, MISSING, MISSING, BROKEN, MISSING, DONE, FETCHED], "succeeded", "", 5),
    ("an unknown state", [ACCEPTED, STRANGE, STRANGE, STRANGE, DONE, FETCHED], "succeeded", "", 4),
    ("no result", [ACCEPTED, DONE, answer(False, 404, "HTTP 404")], "succeeded", "HTTP 404", 1),
    ("no cause", [ACCEPTED, FAILED, answer(False, None, "timed out")], "failed", "timed out", 1),
]


@pytest.mark.parametrize(
    ("script", "outcome", "error", "polls"), [row[1:] for row in OUTCOME_TABLE], ids=[row[0] for row in OUTCOME_TABLE]
)
def test_outcomes(play: Play, script: list[Answer], outcome: str, error: str, polls: int) -> None:
    job = play.run(*script)
    assert (job.outcome, job.error, job.polls) == (outcome, error, polls)
    assert (job.done_before is not None) == (
        outcome in ("succeeded", "failed") or "REFUSED" in {row.state for row in play.requests}
    )
    assert (job.accepted is not None) == (script[0] is ACCEPTED)
    assert len(play.requests) == len(script)


def test_a_result_that_failed_is_a_failed_request(play: Play) -> None:
    play.run(ACCEPTED, DONE, answer(False, 404, "HTTP 404"))
    assert (play.requests[-1].endpoint, play.requests[-1].ok, play.requests[-1].error) == ("result", False, "HTTP 404")


def test_the_cause_of_a_failed_job_is_no_failed_request(play: Play) -> None:
    play.run(ACCEPTED, FAILED, answer(error="no memory"))
    assert (play.requests[-1].ok, play.requests[-1].error) == (True, "")


def test_without_a_result_endpoint_nothing_is_fetched(profile_with: Callable[..., Profile]) -> None:
    play = Play(profile_with(api={"result": None}))
    job = play.run(ACCEPTED, FAILED, kind="fetch")
    assert (job.outcome, job.error) == ("failed", "failed, without a cause")
    assert (job.kind, job.tenant) == ("fetch", "a")


WHY = FAILED._replace(error="no memory")


@pytest.mark.parametrize(
    ("result_of", "script", "outcome", "error", "fetched"),
    [
        (["succeeded"], [ACCEPTED, RUNNING, DONE, FETCHED], "succeeded", "", True),
        (["succeeded"], [ACCEPTED, DONE, MISSING], "succeeded", "HTTP 404", True),
        (["succeeded"], [ACCEPTED, RUNNING, WHY], "failed", "no memory", False),
        (["succeeded"], [ACCEPTED, FAILED], "failed", "failed, without a cause", False),
        (["succeeded"], [ACCEPTED, answer(state="rejected", word="REFUSED")], "rejected", "", False),
        (["failed"], [ACCEPTED, DONE], "succeeded", "", False),
        (["failed"], [ACCEPTED, FAILED, answer(error="no memory")], "failed", "no memory", True),
        (["failed", "succeeded"], [ACCEPTED, FAILED, answer(error="no memory")], "failed", "no memory", True),
    ],
)
def test_whose_result_is_fetched(
    profile_with: Callable[..., Profile], result_of: list[str], script: list[Answer], outcome: str, error: str, fetched: bool
) -> None:
    play = Play(profile_with(api={"result_of": result_of}))
    job = play.run(*script)
    assert (job.outcome, job.error) == (outcome, error)
    assert (play.requests[-1].endpoint == "result") == fetched
    assert job.ended == play.now and job.done_before == pytest.approx(play.now - TOOK * fetched)
    assert all(row.error == "" for row in play.requests if row.ok), "a cause is the job's, not the request's"


def test_what_a_result_says_is_no_error_of_a_job_that_succeeded(play: Play) -> None:
    assert play.run(ACCEPTED, DONE, answer(error="all is well")).error == ""


@pytest.mark.parametrize(
    ("ok", "code", "said", "state", "error"),
    [
        (True, 200, "", "running", "still running"),
        (False, None, "connection reset", "", "connection reset"),
        (False, 404, "HTTP 404", "", "HTTP 404"),
    ],
)
def test_a_job_is_given_up(play: Play, ok: bool, code: int | None, said: str, state: Any, error: str) -> None:
    job = play.run(ACCEPTED, RUNNING, answer(ok, code, said, seconds=60.0, state=state), due=99.0)
    assert (job.outcome, job.error, job.done_before) == ("timed_out", error, None)


def test_a_job_that_ends_beyond_its_time_has_timed_out(profile_with: Callable[..., Profile]) -> None:
    """Also where the poll that would have said so was out: it is ended."""
    play = Play(profile_with(clients={"poll_every": "2s", "give_up_after": "20s"}))
    job = play.run(ACCEPTED, RUNNING, answer(seconds=25.0, state="succeeded", word="DONE"), due=99.0)
    assert (job.outcome, job.error, job.done_before) == ("timed_out", "still running", None)
    assert job.ended == pytest.approx(119.0)
    last = play.requests[-1]
    assert (last.endpoint, last.ok, last.error) == ("status", False, "ended when give_up_after had passed")
    assert last.sent + last.seconds == pytest.approx(119.0)


def test_a_submit_that_takes_too_long_is_ended(profile_with: Callable[..., Profile]) -> None:
    play = Play(profile_with(clients={"poll_every": "2s", "give_up_after": "6s"}))
    job = play.run(answer(code=202, id="1", seconds=9.0), due=99.0)
    assert (job.outcome, job.error, job.accepted) == ("timed_out", "ended when give_up_after had passed", None)
    assert job.ended == pytest.approx(105.0)


def test_a_last_look_comes_just_in_time(profile_with: Callable[..., Profile]) -> None:
    """A job that ends between its last poll and its limit is seen done, though its next poll would come too late."""
    play = Play(profile_with(clients={"poll_every": "10s", "give_up_after": "15s"}))
    play.runner._random.seed(1)
    job = play.run(ACCEPTED, RUNNING, RUNNING, DONE, FETCHED)
    assert job.outcome == "succeeded"
    assert play.requests[3].due == pytest.approx(100 + 15 - 0.1 * 10)


def test_polls_are_as_far_apart_as_the_service_asks(play: Play) -> None:
    throttled = answer(code=429, word="throttled", wait=9.0)
    job = play.run(ACCEPTED, throttled, answer(code=202, state="running", word="RUNNING", wait=5.0), DONE, FETCHED)
    polls = [row for row in play.requests if row.endpoint == "status"]
    assert [later.sent - row.sent - row.seconds for row, later in zip(polls, polls[1:], strict=False)] == pytest.approx(
        [9.0, 5.0]
    )
    assert job.done_after == pytest.approx(polls[1].sent), "a throttled poll says nothing of the job"
    assert [(row.ok, row.state, row.error) for row in polls[:1]] == [(True, "throttled", "")]


def test_polls_come_ever_more_seldom(profile_with: Callable[..., Profile]) -> None:
    status = {"request": "GET /jobs/{id}", "backoff": {"factor": 2.0, "most": "9s"}}
    play = Play(profile_with(api={"status": status}, clients={"poll_every": "2s"}))
    play.run(ACCEPTED, *[RUNNING] * 5, DONE, FETCHED)
    polls = [row for row in play.requests if row.endpoint == "status"]
    gaps = [later.sent - row.sent - row.seconds for row, later in zip(polls, polls[1:], strict=False)]
    assert gaps == pytest.approx([2.0, 4.0, 8.0, 9.0, 9.0])


def test_a_job_may_not_be_known_at_once(profile_with: Callable[..., Profile]) -> None:
    status = {"request": "GET /jobs/{id}", "not_found_for": "7s"}
    play = Play(profile_with(api={"status": status}, clients={"poll_every": "2s"}))
    job = play.run(ACCEPTED, MISSING, MISSING, MISSING, RUNNING, MISSING, MISSING, MISSING)
    assert (job.outcome, job.polls) == ("lost", 7)
    polls = [row for row in play.requests if row.endpoint == "status"]
    assert [(row.ok, row.state) for row in polls[:3]] == [(True, "not found yet")] * 3
    assert not any(row.ok for row in polls[4:])


def test_a_job_that_is_gone_is_lost_at_once(play: Play) -> None:
    job = play.run(ACCEPTED, RUNNING, answer(False, 410, "HTTP 410", gone=True))
    assert (job.outcome, job.error) == ("lost", "gone (HTTP 410)")


def test_a_job_that_is_done_in_the_submits_reply_is_not_polled(play: Play) -> None:
    at_once = play.run(answer(code=200, state="succeeded", word="HTTP 200", by_code=True))
    assert (at_once.outcome, at_once.polls, len(play.requests)) == ("succeeded", 0, 1)
    assert at_once.done_after == at_once.sent and at_once.done_before == at_once.accepted


def test_what_was_sent_on_the_way_has_rows_of_its_own(play: Play) -> None:
    def aside(endpoint: str, code: int, error: str = "") -> Aside:
        return Aside(endpoint, Reply(EPOCH + 101, 0.5, code, b"", {}, 5, 7, ""), True, error)

    asides = (aside("redirect", 302), aside("expired", 401, "HTTP 401: signed in again"))
    job = play.run(ACCEPTED, DONE, FETCHED._replace(asides=asides))
    rows = play.requests[-3:]
    assert [(row.endpoint, row.code, row.ok, row.error) for row in rows] == [
        ("redirect", 302, True, ""),
        ("expired", 401, True, "HTTP 401: signed in again"),
        ("result", 200, True, ""),
    ]
    assert (job.bytes_up, job.bytes_down) == (3 * UP + 10, 3 * DOWN + 14)


def test_a_wrong_result_is_a_failed_job(play: Play) -> None:
    job = play.run(ACCEPTED, DONE, answer(state="failed", error="wrong result"))
    assert (job.outcome, job.error) == ("failed", "wrong result")
    assert play.requests[-1].ok


def test_a_job_is_polled_until_it_is_given_up(play: Play) -> None:
    job = play.run(ACCEPTED, *[RUNNING] * 99, due=99.0, killed_at=1e9)
    assert job.outcome == "timed_out"
    assert 99.0 + 60 <= job.ended <= 99.0 + 60 + 2 + TOOK
    assert job.polls == pytest.approx(60 / (2 + TOOK), abs=2)


def test_what_is_given_up_is_remembered_to_be_cancelled(profile_with: Callable[..., Profile]) -> None:
    """What the target may still hold: a job that timed out, or that was cut off; none that ended, or was never taken in."""
    play = Play(profile_with(clients={"poll_every": "2s", "give_up_after": "1m"}))
    for script in ([ACCEPTED, answer(state="running", seconds=60.0)], [ACCEPTED, DONE, FETCHED], [BROKEN]):
        play.script = list(script)
        play.live(len(play.jobs), "sum", play.now)
    assert [life.outcome for life in play.runner.given_up] == ["timed_out"]
    play.script, play.killed_at = [ACCEPTED, RUNNING], play.now + 1.0
    play.live(9, "sum", play.now)
    assert [life.number for life in play.runner.given_up] == [0, 9]


def test_polls_never_overlap_and_are_never_hurried(play: Play) -> None:
    slow = answer(state="running", word="RUNNING", seconds=5.0)
    play.run(ACCEPTED, slow, RUNNING, slow, DONE, FETCHED)
    rows = [row for row in play.requests if row.endpoint == "status"]
    for before, after in zip(rows, rows[1:], strict=False):
        assert after.sent == pytest.approx(before.sent + before.seconds + 2.0)


def test_first_polls_are_spread_over_the_interval(profile_with: Callable[..., Profile]) -> None:
    play = Play(profile_with(clients={"poll_every": "2s"}))
    waits = []
    for number in range(400):
        play.script = [ACCEPTED, DONE, FETCHED]
        play.live(number, "sum", play.now)
        waits.append(play.requests[-2].sent - play.jobs[-1].accepted)
    assert min(waits) >= 0 and max(waits) <= 2.0
    assert sorted(waits)[100] == pytest.approx(0.5, abs=0.2) and sorted(waits)[300] == pytest.approx(1.5, abs=0.2)


@pytest.mark.parametrize(
    ("killed_at", "script", "outcome", "endpoints", "cut_off"),
    [
        (100.1, [ACCEPTED], "abandoned", ["submit"], True),
        (100.3, [ACCEPTED, RUNNING], "abandoned", ["submit"], False),
        (None, [ACCEPTED, RUNNING], "abandoned", ["submit", "status"], True),
        (None, [ACCEPTED, DONE, FETCHED], "succeeded", ["submit", "status", "result"], True),
    ],
    ids=["in the submit", "between polls", "in a poll", "in the fetch"],
)
def test_a_job_that_is_cut_off(
    play: Play, killed_at: float | None, script: list[Answer], outcome: str, endpoints: list[str], cut_off: bool
) -> None:
    if killed_at is None:
        script = [*script[:-1], answer(seconds=1e9)]
    job = play.run(*script, killed_at=killed_at or 150.0)
    assert (job.outcome, job.error) == (outcome, "the run ended first")
    assert [row.endpoint for row in play.requests] == endpoints
    assert job.ended == play.now
    last = play.requests[-1]
    assert (last.error == "cut off at the end of the run") is cut_off
    if cut_off:
        assert (last.code, last.ok, last.bytes) == (None, False, 0)
        assert last.sent == pytest.approx(play.asked[-1][0])
        assert last.sent + last.seconds == pytest.approx(play.now)


ANSWERS = st.sampled_from([WAITING, RUNNING, MISSING, BROKEN, STRANGE, FAILED, DONE])
SUBMITS = st.sampled_from([ACCEPTED, ACCEPTED, ACCEPTED, BROKEN, answer(False, 503, "HTTP 503", state="rejected")])


def test_any_life_ends_in_one_row_that_adds_up(profile_with: Callable[..., Profile]) -> None:
    profile = profile_with(clients={"poll_every": "2s", "give_up_after": "20s"})

    @settings(deadline=None)
    @given(SUBMITS, st.lists(ANSWERS, max_size=12), st.booleans(), st.floats(100, 130))
    def live(submit: Answer, polls: list[Answer], killed: bool, killed_at: float) -> None:
        play = Play(profile)
        play.script = [submit, *polls, *[RUNNING] * 12, FETCHED]
        play.killed_at = killed_at if killed else float("inf")
        play.live(1, "sum", 100.0)
        (job,) = play.jobs
        assert job.outcome in OUTCOMES
        assert len(play.requests) == len(play.asked), "a row for each request, cut off or not"
        answered = [row for row in play.requests if row.error != "cut off at the end of the run"]
        assert job.polls == sum(row.endpoint == "status" for row in answered)
        assert job.bytes_up == UP * len(answered)
        assert job.due <= job.sent <= job.ended
        if job.done_before is not None:
            assert job.done_after is not None and job.done_after < job.done_before <= job.ended
        assert (job.outcome in ("succeeded", "failed")) == (job.done_before is not None)

    live()
