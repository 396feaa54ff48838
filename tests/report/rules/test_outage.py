"""The stop rule outage."""

from typing import Any

from tests.judging import Row, held, job, judge, request


def outage(rows: list[Row], with_stops: Any) -> list[tuple[str, int]]:
    return [(change.state, change.at) for change in judge(with_stops(), rows, held(10)) if change.rule == "outage"]


def test_an_outage_ends_the_run_unasked(with_stops: Any) -> None:
    """60 % fail from second 20 on: more than half in both halves of 10 s is known by 30."""
    rows = [request(t + n / 10, ok=t < 20 or n > 5, error="refused") for t in range(60) for n in range(10)]
    changes = judge(with_stops(), rows, held(10))
    assert (changes[-1].rule, changes[-1].state, changes[-1].at) == ("outage", "fired", 30)
    assert {key: changes[-1].values[key] for key in ("subject", "failed", "of", "cause")} == {
        "subject": "status", "failed": 60, "of": 100, "cause": "refused",
    }  # fmt: skip


def test_what_is_no_outage(with_stops: Any) -> None:
    assert outage([request(t + n / 10, ok=n > 4) for t in range(60) for n in range(10)], with_stops) == [], (
        "a half is not more than half"
    )
    assert not any(
        state == "fired"
        for state, _ in outage([request(t + n / 10, ok=t != 20) for t in range(60) for n in range(10)], with_stops)
    )
    burst = [request(20.5, ok=False) for _ in range(500)] + [request(t + 0.5) for t in range(60)]
    assert not any(state == "fired" for state, _ in outage(burst, with_stops)), "one bad second"
    assert outage([request(t + 0.5, ok=False) for t in range(15)], with_stops) == [], "too few to say"
    refused = [request(t + n / 10, ok=False)._replace(code=503) for t in range(60) for n in range(10)]
    assert outage(refused, with_stops) == [], "a refusal is an answer"
    assert outage([job(t + n / 10, outcome="rejected") for t in range(60) for n in range(10)], with_stops) == []


def test_an_outage_of_a_slow_load_takes_longer_to_see(with_stops: Any) -> None:
    rows: list[Row] = [job(3 * t + 0.5, outcome="failed") for t in range(20)]
    assert outage(rows, with_stops)[-1] == ("fired", 58), "20 jobs, one every 3 s"
