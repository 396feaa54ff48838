"""The evaluator: the same decisions however rows come, and what each decision does."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles import Profile
from report.recording.steps import Step
from report.rules.evaluator import Evaluator, RuleChange, effective_stops
from tests.judging import Row, completed, feed, held, job, judge, load1, queued, request


def test_what_is_watched_unasked(profile_with: Callable[..., Profile]) -> None:
    def rules(**tables: Any) -> list[str]:
        return [stop.label for stop in effective_stops(profile_with(**tables))]

    assert rules() == ["outage", "backlog"]
    assert rules(stop=[{"rule": "backlog"}, {"rule": "outage", "then": "note"}]) == ["backlog", "outage"]
    assert rules(clients={"mode": "think"}) == rules(load={"shape": "hold", "clients": 1}) == ["outage"]


def rounded(change: RuleChange) -> Any:
    values = {key: round(value, 9) if isinstance(value, float) else value for key, value in change.values.items()}
    return change.rule, change.state, change.then, change.at, change.step, change.clients, values


def busy_run(seed: int) -> list[Row]:
    """Twenty seconds in which every rule has something to say."""
    rng = random.Random(seed)
    rows: list[Row] = queued(30, "poisson", rng, seconds=20.0)
    rows += [request(rng.uniform(0, 20), rng.expovariate(10), ok=rng.random() > 0.03, error="HTTP 500") for _ in range(600)]
    rows += [load1(t + 0.3, rng.uniform(2, 5)) for t in range(20)]
    return rows


def test_decisions_do_not_depend_on_how_rows_come(profile_with: Callable[..., Profile]) -> None:
    """In any order and any chunks, judged whenever a second is complete: as if all had been there from the start."""
    names = ("errors", "plateau", "latency-rise", "backlog")
    conditions = [{"when": "load1(target) > 3.0", "for": "2s"}, {"when": "p95(status) > 250ms", "for": "1s", "then": "note"}]
    profile = profile_with(stop=[*({"rule": name} for name in names), *conditions], method={"window": "3s", "min_jobs": 20})
    steps = held(10, 20, seconds=10.0)
    runs = [busy_run(seed) for seed in range(3)]
    wanted = [judge(profile, rows, steps) for rows in runs]
    assert {change.state for changes in wanted for change in changes} == {"armed", "confirming", "cleared", "fired"}

    @settings(deadline=None, max_examples=30)
    @given(st.sampled_from([0, 1, 2]), st.integers(0, 2**32))
    def play(run: int, seed: int) -> None:
        rng, evaluator = random.Random(seed), Evaluator(profile)
        found: list[RuleChange] = []
        rows = rng.sample(runs[run], len(runs[run]))
        for mark in sorted({*rng.sample(range(1, 21), 5), 21}):
            early = {n for n, row in enumerate(rows) if completed(row) < mark or rng.random() < 0.2}
            ready = [rows[n] for n in early]
            rows = [row for n, row in enumerate(rows) if n not in early]
            while ready:
                size = rng.randrange(1, len(ready) + 1)
                feed(evaluator, ready[:size])
                ready = ready[size:]
            known = [replace(s, hold_end=None) if s.seconds > mark - s.ramp_start else s for s in steps if s.ramp_start < mark]
            found += evaluator.advance(mark + rng.random() * 0.99, known)
        assert [rounded(change) for change in found] == [rounded(change) for change in wanted[run]]
        assert evaluator.history.late_rows == 0

    play()


def test_rows_that_come_too_late_are_counted_and_left_out(with_stops: Any) -> None:
    evaluator = Evaluator(with_stops({"rule": "errors", "tolerate": 0.0}))
    assert list(evaluator.advance(10, held(10))) == []
    feed(evaluator, [request(9.5, ok=False), request(10.5), job(3.0, outcome="failed")])
    assert list(evaluator.advance(20, held(10))) == []
    assert evaluator.history.late_rows == 2


def test_jobs_in_flight_are_counted_by_kind_and_tenant(with_stops: Any) -> None:
    evaluator = Evaluator(with_stops())
    feed(evaluator, [request(t + 0.5, endpoint="submit") for t in range(9)] + [job(t + 0.5) for t in range(4)])
    list(evaluator.advance(20, held(10)))
    assert dict(evaluator.history.in_flight) == {("sum", "a"): 5}
    window = evaluator.history.window(15)
    assert (window.start, window.end, dict(window.in_flight)) == (5.0, 20.0, {("sum", "a"): 1})
    assert np.count_nonzero(window.requests["endpoint"] == "submit") == 4


def test_a_rule_that_ends_steps_watches_each_anew(with_stops: Any) -> None:
    """Errors in the first and third step, and none in between: each of the two is ended by them."""
    rows = [request(t + n / 10, ok=n > 4 or 60 <= t < 120) for t in range(180) for n in range(10)]
    changes = judge(with_stops({"rule": "errors", "then": "next"}, {"rule": "outage", "then": "note"}), rows, held(10, 20, 30))
    fired = [(change.rule, change.then, change.at, change.step) for change in changes if change.state == "fired"]
    assert fired == [("errors", "next", 2, 1), ("errors", "next", 122, 3)]


def test_a_condition_that_ends_steps_looks_at_holds_alone(with_stops: Any) -> None:
    """Slow jobs of the ramp, and of the step before, count for nothing: the window must lie within the hold."""
    rows = [job(t + n / 10, took=5.0 if t < 75 else 1.0) for t in range(120) for n in range(10)]
    steps = [Step(1, 10, 0, 10, 60), Step(2, 20, 60, 70, 120)]
    (first, second) = judge(with_stops({"when": "p95(job) > 3s", "over": "20s", "then": "next"}), rows, steps)
    assert (first.state, first.at, first.step) == ("fired", 30, 1)
    assert (second.state, second.at, second.step) == ("fired", 90, 2), "5 s of 20 are slow jobs"
    rows = [job(t + n / 10, took=5.0 if t < 69 else 1.0) for t in range(120) for n in range(10)]
    assert [
        change.step for change in judge(with_stops({"when": "p95(job) > 3s", "over": "20s", "then": "next"}), rows, steps)
    ] == [1]
