"""The stop rule errors."""

from typing import Any

import pytest

from report.rules.errors import Failed
from report.stats.sequential import ALARM
from tests.judging import held, job, judge, request, told


def test_one_error_is_enough_where_none_is_tolerated(with_stops: Any) -> None:
    rows = [*(request(t + 0.5) for t in range(60)), request(20.5, ok=False, error="HTTP 500")]
    (change,) = judge(with_stops({"rule": "errors", "tolerate": 0.0}), rows, held(10))
    assert (change.rule, change.state, change.at, change.step, change.clients) == ("errors", "fired", 21, 1, 10)
    assert change.seen == Failed("status", 1, 22, 21, 0.0, ALARM, ALARM, "HTTP 500")


@pytest.mark.parametrize("outcome", ["failed", "rejected", "errored", "lost", "timed_out"])
def test_a_job_that_did_not_succeed_is_an_error(with_stops: Any, outcome: str) -> None:
    changes = judge(with_stops({"rule": "errors", "tolerate": 0.0}), [job(5.2, outcome=outcome, error="why")], held(10))
    assert told(changes) == [("errors", "fired", 6)]
    assert (changes[0].values["subject"], changes[0].values["cause"]) == ("job", "why")


@pytest.mark.parametrize(
    ("bad", "good", "state"),
    [
        (4, 0, "armed"),
        (8, 0, "fired"),
        (8, 50, "armed"),
        (20, 200, "fired"),
        (20, 400, "none"),
        (40, 400, "fired"),
        (0, 500, "none"),
    ],
)
def test_a_share_of_errors_is_tolerated(with_stops: Any, bad: int, good: int, state: str) -> None:
    """Where 5 % are tolerated: likelier by ten thousand times that twice as many fail than that half as many do."""
    rows = [request(5.5, ok=number >= bad) for number in range(bad + good)]
    changes = judge(with_stops({"rule": "errors", "tolerate": 0.05}), rows, held(10))
    assert told(changes) == ([("errors", state, 6)] if state != "none" else [])


def test_polls_do_not_dilute_failed_submits(with_stops: Any) -> None:
    rows = [request(5.5) for _ in range(5000)] + [request(5.5, endpoint="submit", ok=n > 9) for n in range(100)]
    (change,) = judge(with_stops({"rule": "errors", "tolerate": 0.05}), rows, held(10))
    assert (change.values["subject"], change.values["failed"], change.values["of"]) == ("submit", 10, 100)


def test_errors_are_outweighed_by_what_succeeds(with_stops: Any) -> None:
    """4 failures of 4 arm the rule; a hundred good requests later the next 4 find it calm again."""
    rows = [request(t, ok=False) for t in (1.5, 1.6, 1.7, 1.8, 63.5, 63.6, 63.7, 63.8)]
    rows += [request(t + n / 3) for t in range(5, 60) for n in range(2)]
    changes = judge(with_stops({"rule": "errors", "tolerate": 0.05}), rows, held(10, seconds=120))
    changes = [change for change in changes if change.rule == "errors"]
    assert [change.state for change in changes] == ["armed", "cleared", "armed"]
    assert (changes[-1].values["failed"], changes[-1].values["of"], changes[-1].values["seconds"]) == (4, 4, 1)


def test_what_is_noted_can_happen_again(with_stops: Any) -> None:
    rows = [request(t + n / 10, ok=not (10 <= t < 20 or 70 <= t < 80)) for t in range(120) for n in range(10)]
    changes = judge(
        with_stops({"rule": "errors", "tolerate": 0.05, "then": "note"}, {"rule": "outage", "then": "note"}),
        rows,
        held(10, seconds=120),
    )
    assert [change.state for change in changes if change.rule == "errors"] == ["fired", "cleared"] * 2
