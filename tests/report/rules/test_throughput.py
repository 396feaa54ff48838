"""Stop rules on how much work gets done."""

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from report.recording.rows import SampleRow
from report.recording.steps import Step
from report.rules.evaluator import Evaluator
from tests.judging import Row, completions, feed, held, job, judge, queued, request, told


def again(step: Step, seconds: float) -> Step:
    """A step that was held longer, once it had ended."""
    return replace(step, again=step.hold_end, hold_end=step.hold[1] + seconds)  # type: ignore[index]


@pytest.mark.parametrize(
    ("clients", "rates", "flat_at"),
    [
        ((10, 20, 30), (10, 20, 30), None),
        ((10, 20, 30), (10, 20, 20.5), 180),
        ((10, 20, 30), (10, 20, 15), 180),
        ((10, 20, 30, 40), (10, 20, 19, 19), 180),
        ((10, 20, 30), (10, 20, 22), None),
        ((20, 21), (20, 20), None),
        ((10, 40, 20), (10, 20, 20), None),
        ((10,), (10,), None),
        ((10, 20), (2, 2), None),
        ((10, 20, 30), (10, 20, 0.1), 180),
    ],
)
def test_a_plateau_is_to_be_seen_once_more(with_stops: Any, clients: Any, rates: Any, flat_at: int | None) -> None:
    changes = judge(with_stops({"rule": "plateau"}), completions(*rates), held(*clients))
    assert told(changes)[:1] == ([("plateau", "confirming", flat_at)] if flat_at else [])
    assert told(changes)[1:] == ([("plateau", "fired", 240)] if len(rates) == 4 else []), (
        "the next step will do, where none is held again"
    )
    if changes:
        assert changes[0].values["best_rate"] == pytest.approx(20, rel=0.03)
        assert changes[0].values["best_clients"] == 20


@pytest.mark.parametrize(("rate", "state"), [(20, "fired"), (30, "cleared")])
def test_a_plateau_is_seen_again_in_the_time_that_is_added(with_stops: Any, rate: float, state: str) -> None:
    """At the end of the step it looks flat; the 40 s more decide, and they alone."""
    profile, steps = with_stops({"rule": "plateau"}), held(10, 20, 30)
    rows = [*completions(10, 20, 20), *(job(180 + (n + 0.5) / rate) for n in range(rate * 40))]
    evaluator = Evaluator(profile)
    feed(evaluator, rows)
    assert told(evaluator.advance(181, steps)) == [("plateau", "confirming", 180)]
    assert told(evaluator.advance(222, (*steps[:2], again(steps[2], 40)))) == [("plateau", state, 220)]


def test_a_step_that_was_cut_short_is_no_plateau(with_stops: Any) -> None:
    first, second = held(10, 20)
    cut = Step(second.number, second.clients, second.ramp_start, second.hold_start, second.hold_end, cut=True)
    assert judge(with_stops({"rule": "plateau"}), completions(10, 10), (first, cut)) == []


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


@pytest.mark.parametrize(
    ("clients", "rates", "fired_at"),
    [
        pytest.param((10, 20, 30, 40), (10, 20, 12, 11), 240, id="two steps far below the best"),
        pytest.param((10, 20, 30, 40), (10, 20, 12, 19), None, id="one step only"),
        pytest.param((10, 20, 30, 40), (10, 20, 19, 19), None, id="within ten percent"),
        pytest.param((40, 30, 20, 10), (20, 12, 11, 10), None, id="fewer clients bring less: no fall"),
    ],
)
def test_a_fall(with_stops: Any, clients: tuple[int, ...], rates: tuple[float, ...], fired_at: int | None) -> None:
    changes = judge(with_stops({"rule": "fall"}), completions(*rates), held(*clients))
    assert [change.at for change in changes if change.state == "fired"] == ([fired_at] if fired_at else [])


def test_silence_while_jobs_are_in_flight_is_a_stall(with_stops: Any) -> None:
    rows = [request(t + 0.5, endpoint="submit") for t in range(20)]
    changes = judge(with_stops({"rule": "stalled"}), rows, held(10))
    assert told(changes) == [("stalled", "armed", 25), ("stalled", "fired", 30)]
    assert changes[-1].values == {"silent": 10, "in_flight": 20}


def test_silence_with_nothing_in_flight_is_calm(with_stops: Any) -> None:
    rows: list[Row] = [request(1.5, endpoint="submit"), job(2.5)]
    assert judge(with_stops({"rule": "stalled"}), rows, held(10)) == []


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
