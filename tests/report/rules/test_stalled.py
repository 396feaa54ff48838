"""The stop rule stalled."""

from typing import Any

from tests.judging import Row, held, job, judge, request, told


def test_silence_while_jobs_are_in_flight_is_a_stall(with_stops: Any) -> None:
    rows = [request(t + 0.5, endpoint="submit") for t in range(20)]
    changes = judge(with_stops({"rule": "stalled"}), rows, held(10))
    assert told(changes) == [("stalled", "armed", 25), ("stalled", "fired", 30)]
    assert changes[-1].values == {"silent": 10, "in_flight": 20}


def test_silence_with_nothing_in_flight_is_calm(with_stops: Any) -> None:
    rows: list[Row] = [request(1.5, endpoint="submit"), job(2.5)]
    assert judge(with_stops({"rule": "stalled"}), rows, held(10)) == []
