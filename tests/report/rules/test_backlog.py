"""The stop rule backlog."""

import random
from typing import Any

import numpy as np
import pytest

from report.recording.rows import SampleRow
from report.rules.evaluator import Evaluator
from tests.judging import Row, again, feed, held, job, judge, queued, request


def test_a_steady_load_is_no_backlog(with_stops: Any) -> None:
    profile = with_stops({"rule": "backlog"}, method={"window": "20s"})
    fired = [
        (arrivals, seed, change.values)
        for arrivals in ("even", "poisson")
        for seed in range(60)
        for change in judge(profile, queued(16, arrivals, random.Random(seed)), held(80))
        if change.state == "fired"
    ]
    assert len(fired) <= 2, fired


@pytest.mark.parametrize("arrivals", ["even", "poisson"])
def test_an_overload_is_a_backlog_within_a_minute(with_stops: Any, arrivals: str) -> None:
    profile = with_stops({"rule": "backlog"}, method={"window": "20s"})
    for seed in range(20):
        changes = judge(profile, queued(24, arrivals, random.Random(seed)), held(120))
        assert changes and changes[-1].state == "fired" and changes[-1].at <= 60, seed
        values = changes[-1].values
        assert values["growth"] > values["allowed"] and values["in_flight"] >= values["growth"]


def test_submits_without_a_reply_are_a_backlog_too(with_stops: Any) -> None:
    """30 jobs/s arrive on two workers, but only 20 submits/s get their reply: rows alone show no job too many."""
    rows: list[Row] = [
        row for n in range(20 * 60) for t in [n / 20 + 0.01] for row in (request(t, endpoint="submit", number=n), job(t + 0.2))
    ]
    profile = with_stops({"rule": "backlog"}, method={"window": "20s"})
    assert judge(profile, rows, held(30)) == []
    rows += [SampleRow(t + 0.3, f"generator-{worker}", "jobs", 5.0 * t) for t in range(60) for worker in (1, 2)]
    changes = [change for change in judge(profile, rows, held(30)) if change.rule == "backlog"]
    assert [change.state for change in changes] == ["armed", "fired"]
    values = changes[-1].values
    assert (values["growth"], values["arrivals"]) == (200, 600)
    assert values["in_flight"] == 10 * (changes[-1].at - 1)


def test_a_backlog_is_no_matter_of_clients_that_wait(with_stops: Any) -> None:
    rows = queued(24, "even", random.Random(1))
    for mode in ("paced", "think"):
        assert judge(with_stops({"rule": "backlog"}, clients={"mode": mode}), rows, held(120)) == []


def test_jobs_in_flight_that_creep_up_are_to_be_seen_once_more(with_stops: Any) -> None:
    """20 jobs/s arrive and 19.4 end, 3 % fewer: too little for a hold of 200 s to tell, so it is held longer."""
    rows: list[Row] = [request(n / 20 + 0.01, endpoint="submit", number=n) for n in range(20 * 320)]
    profile = with_stops({"rule": "backlog"}, load={"shape": "hold", "clients": 20, "hold": "200s"})
    for later, states_ in ((19.4, ["confirming", "cleared"]), (15.0, ["confirming", "fired"])):
        done = [*np.arange(0.02, 200, 1 / 19.4), *np.arange(200, 320, 1 / later)]
        evaluator, (step,) = Evaluator(profile), held(20, seconds=200)
        feed(evaluator, [*rows, *(job(float(t)) for t in done)])
        changes = [*evaluator.advance(201, [step]), *evaluator.advance(322, [again(step, 120)])]
        assert [change.state for change in changes if change.rule == "backlog"] == states_
        assert changes[0].at == 200
