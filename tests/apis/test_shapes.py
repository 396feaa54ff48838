"""Every shape of job API in the corpus: its profile is short, `check` finds no fault, and what a worker records is the truth."""

import time
import tomllib
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from load.commands.mapping_check import check
from profiles import Profile
from tests.apis.conftest import FOLDER
from tests.apis.playing import Played, play
from tests.apis.services import bodies, identity, manners, statuses, urls
from tests.apis.serving import Service, World

JOBS = 4
SECRETS = {"TOKEN": "t0ken", "PASSWORD": "p4ss w&rd", "KEY": "k&y"}
CLOCKS = 0.005
"""Seconds by which a service's log may lie beside what a reply shows: it writes when it has answered."""


class Shape(NamedTuple):
    """A service, how its jobs end, and what `check` has to say of them."""

    service: type[Service]
    outcomes: dict[str, int] = {"succeeded": JOBS}  # noqa: RUF012
    faults: tuple[str, ...] = ()


HALF = {"succeeded": 2, "failed": 2}
SHAPES = {
    "simple": Shape(statuses.Simple),
    "accepted-until-done": Shape(statuses.AcceptedUntilDone),
    "bulk-export": Shape(statuses.BulkExport),
    "statements": Shape(statuses.Statements, HALF, ("the job failed",)),
    "conflict-until-ready": Shape(statuses.ConflictUntilReady),
    "gone": Shape(statuses.Gone, {"succeeded": 2, "lost": 2}),
    "numeric": Shape(statuses.Numeric),
    "boolean": Shape(statuses.Boolean),
    "operations": Shape(statuses.Operations, HALF, ("the job failed",)),
    "not-found-at-first": Shape(statuses.NotFoundAtFirst),
    "sometimes-at-once": Shape(statuses.SometimesAtOnce),
    "done-in-the-reply": Shape(statuses.DoneInTheReply),
    "wrong-result": Shape(statuses.WrongResult, HALF),
    "operation-location": Shape(urls.OperationLocation),
    "status-query": Shape(urls.StatusQuery),
    "predictions": Shape(urls.Predictions),
    "middle-of-location": Shape(urls.MiddleOfLocation),
    "presigned": Shape(urls.Presigned),
    "own-key": Shape(urls.OwnKey),
    "upload-first": Shape(urls.UploadFirst),
    "form": Shape(bodies.Form),
    "listing": Shape(bodies.Listing),
    "json-rpc": Shape(bodies.JsonRpc),
    "raw-text": Shape(bodies.RawText),
    "multipart": Shape(bodies.Multipart),
    "compressed": Shape(bodies.Compressed),
    "inline": Shape(bodies.Inline),
    "microseconds": Shape(bodies.Microseconds),
    "times-elsewhere": Shape(bodies.TimesElsewhere),
    "throttled": Shape(manners.Throttled),
    "unavailable": Shape(manners.Unavailable),
    "impatient": Shape(manners.Impatient),
    "long-poll": Shape(manners.LongPoll),
    "expiring": Shape(identity.Expiring),
    "session": Shape(identity.Session),
    "sticky": Shape(identity.Sticky),
    "key-in-query": Shape(identity.KeyInQuery),
}
LINES = 15
"""At the most under [api] and [[job]], so that any of these is written in a few minutes."""


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def started(served: World) -> Callable[[str], Service]:
    """A service of the corpus, fresh."""
    return lambda name: served.add(name, SHAPES[name].service())


@pytest.mark.parametrize("name", SHAPES)
def test_a_worker_records_the_truth(name: str, started: Callable[[str], Service], profile_of: Callable[..., Profile]) -> None:
    service, shape = started(name), SHAPES[name]
    played = play(profile_of(name), service.url, JOBS)
    assert Counter(played.outcomes) == shape.outcomes, [job.error for job in played.jobs]
    rows_are_what_the_service_saw(played, service)
    ends_lie_between(played, service)
    nothing_secret_is_recorded(played)


def rows_are_what_the_service_saw(played: Played, service: Service) -> None:
    ours = Counter(row.code for row in played.requests)
    theirs = Counter(code for _, _, code in service.seen) - Counter([200] * played.logins_before)
    assert ours.total() >= theirs.total() and not theirs - ours, "each request that it answered has a row"
    assert all(row.ok or row.code == 410 for row in played.requests), [row for row in played.requests if not row.ok]


def ends_lie_between(played: Played, service: Service) -> None:
    """Jobs are matched by the order in which they were taken in."""
    truth = sorted(service.jobs.values(), key=lambda job: job.began)
    rows = sorted((job for job in played.jobs if job.accepted is not None), key=lambda job: job.accepted or 0.0)
    if len(truth) != len(rows):
        return
    for job, row in zip(truth, rows, strict=True):
        if row.done_before is not None and row.done_after is not None:
            assert row.done_after - CLOCKS <= job.ends - played.epoch <= row.done_before + CLOCKS


def nothing_secret_is_recorded(played: Played) -> None:
    text = " ".join(str(row) for row in [*played.requests, *played.jobs])
    assert not [word for word in [*SECRETS.values(), "s3cr3t", "signed==", "Signature", "token-1"] if word in text]


@pytest.mark.parametrize("name", SHAPES)
def test_check_finds_what_there_is(name: str, started: Callable[[str], Service], profile_of: Callable[..., Profile]) -> None:
    service, said = started(name), list[str]()
    found = check(profile_of(name), service.url, said.append)
    assert tuple(fault.what for fault in found) == SHAPES[name].faults, "\n".join(said)
    assert not [value for value in SECRETS.values() if value in "".join(said)]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.toml")), ids=lambda file: file.stem)
def test_a_profile_is_short(file: Any) -> None:
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#")]
    others = sum(1 + len(document[table]) for table in ("values", "clients") if table in document)
    assert len(lines) - others - sum(line.startswith("[") for line in lines) <= LINES
    assert file.stem in SHAPES or file.stem in ("too-long",)


def test_times_come_from_any_reply_as_moments_or_durations(
    started: Callable[[str], Service], profile_of: Callable[..., Profile]
) -> None:
    service = started("times-elsewhere")
    played = play(profile_of("times-elsewhere"), service.url, JOBS)
    offset = time.time() - time.monotonic()
    truth = sorted(job.began + offset for job in service.jobs.values())
    for row, began in zip(sorted(played.jobs, key=lambda row: row.created or 0.0), truth, strict=True):
        told = (began, began + bodies.WAITED, began + service.takes)
        assert (row.created, row.started, row.finished) == pytest.approx(told, abs=CLOCKS)
    assert profile_of("times-elsewhere").api.times.tells("finished")


def test_polls_that_are_throttled_say_nothing_of_the_jobs(
    started: Callable[[str], Service], profile_of: Callable[..., Profile]
) -> None:
    service = started("throttled")
    played = play(profile_of("throttled", give_up_after="20s"), service.url, 6)
    throttled = [row for row in played.of("status") if row.code == 429]
    assert played.outcomes == ["succeeded"] * 6
    assert len(throttled) == service.throttled > 0  # type: ignore[attr-defined]
    assert {(row.ok, row.state, row.error) for row in throttled} == {(True, "throttled", "")}
    for job in played.jobs:
        polls = [row for row in played.of("status") if row.job == job.job]
        for row, following in zip(polls, polls[1:], strict=False):
            assert following.sent - (row.sent + row.seconds) >= (1.0 if row.code == 429 else 0.0)


def test_polls_come_ever_more_seldom(started: Callable[[str], Service], profile_of: Callable[..., Profile]) -> None:
    played = play(profile_of("impatient"), started("impatient").url, 1)
    polls = [row.due for row in played.of("status")]
    gaps = [after - before for before, after in zip(polls, polls[1:], strict=False)]
    for gap, pause in zip(gaps, [0.03, 0.06, 0.12, 0.24, 0.25, 0.25], strict=False):
        assert pause <= gap
    assert len(polls) <= 8


def test_a_job_is_given_up_when_its_time_is_over(started: Callable[[str], Service], profile_of: Callable[..., Profile]) -> None:
    """Also where the poll that is out would tell its end a second later."""
    began = time.monotonic()
    SHAPES["too-long"] = Shape(manners.TooLong)
    try:
        played = play(profile_of("too-long", give_up_after="500ms"), started("too-long").url, 3)
    finally:
        del SHAPES["too-long"]
    assert time.monotonic() - began < 2.5
    assert played.outcomes == ["timed_out"] * 3
    assert {row.error for row in played.of("status")} == {"ended when give_up_after had passed"}
    assert all(0.5 <= job.ended - job.due < 1.5 for job in played.jobs)


def test_a_login_is_renewed_once_for_all(started: Callable[[str], Service], profile_of: Callable[..., Profile]) -> None:
    service = started("expiring")
    played = play(profile_of("expiring"), service.url, 30, apart=0.005)
    assert played.outcomes == ["succeeded"] * 30
    expired = [row for row in played.requests if row.code == 401]
    assert expired and {(row.ok, row.error) for row in expired} == {(True, "HTTP 401: signed in again")}
    assert service.logins == 1 + len(played.of("login")) <= 4  # type: ignore[attr-defined]
