"""The stop rule on response times."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from report.recording.steps import Step
from tests.judging import Row, held, job, judge, request, states, told


def spread(steps: Sequence[tuple[float, float]], rng: random.Random, sigma: float = 0.3, seconds: int = 60) -> list[Row]:
    """Requests and jobs at 20 per second whose times scatter around (request, job) seconds, step by step."""
    rows: list[Row] = []
    for step, (request_time, job_time) in enumerate(steps):
        for n in range(20 * seconds):
            t = step * seconds + n / 20 + 0.01
            rows.append(request(t, request_time * rng.lognormvariate(0, sigma)))
            rows.append(job(t, job_time * rng.lognormvariate(0, sigma)))
    return rows


def test_times_that_rise_by_three_are_noticed(with_stops: Any) -> None:
    rule, rng = {"rule": "latency-rise"}, random.Random(1)
    rose = judge(with_stops(rule), spread([(0.1, 4), (0.3, 4)], rng), held(10, 20))
    assert told(rose) == [("latency-rise", "armed", 70), ("latency-rise", "fired", 90)]
    assert (rose[1].values["subject"], rose[1].values["windows"]) == ("status", 3)
    assert rose[1].values["p95"] > rose[1].values["limit"] == pytest.approx(2 * rose[1].values["baseline"])
    jobs = judge(with_stops(rule), spread([(0.1, 4), (0.1, 12)], rng), held(10, 20))
    assert (jobs[-1].state, jobs[-1].values["subject"]) == ("fired", "job")


def test_times_that_scatter_are_no_rise(with_stops: Any) -> None:
    for seed in range(4):
        rows = spread([(0.1, 4), (0.12, 4.5), (0.14, 5)], random.Random(seed), sigma=0.6)
        assert judge(with_stops({"rule": "latency-rise"}), rows, held(10, 20, 30)) == []


def test_a_rise_that_nobody_feels_is_none(with_stops: Any) -> None:
    rows = spread([(0.005, 4), (0.02, 4)], random.Random(1))
    assert judge(with_stops({"rule": "latency-rise"}), rows, held(10, 20)) == []


def test_the_first_step_has_nothing_to_be_compared_with(with_stops: Any) -> None:
    rows = spread([(3.0, 40)], random.Random(1))
    assert judge(with_stops({"rule": "latency-rise"}), rows, held(10)) == []


def test_a_rise_between_two_windows_starts_anew(with_stops: Any) -> None:
    rng = random.Random(1)
    rows = spread([(0.1, 4)] * 6 + [(0.3, 4)] * 2 + [(0.1, 4)] + [(0.3, 4)] * 2 + [(0.1, 4)], rng, seconds=10)
    changes = judge(with_stops({"rule": "latency-rise"}), rows, held(10, 20))
    assert states(changes) == [("armed", 70)], "two windows over, one calm, two over: neither three in a row nor two calm ones"
    rows = spread([(0.1, 4)] * 6 + [(0.3, 4)] * 2 + [(0.1, 4)] * 4, rng, seconds=10)
    assert states(judge(with_stops({"rule": "latency-rise"}), rows, held(10, 20))) == [("armed", 70), ("cleared", 100)]


def slowed(rng: random.Random, factor: float, minutes: int = 12) -> list[Row]:
    """Half of the time jobs take 4 s, more or less; then `factor` times as long, while the load stays the same."""
    calm = 60 * minutes // 2
    return [
        job(n / 5, 4 * rng.lognormvariate(0, 0.3) * (factor if n / 5 > calm else 1)) for n in range(1, 5 * 60 * minutes)
    ]  # fmt: skip


def test_a_slowdown_under_the_same_load_is_noticed(with_stops: Any) -> None:
    (change,) = judge(with_stops({"rule": "latency-rise"}), slowed(random.Random(1), 1.6), held(10, seconds=720))
    assert (change.state, change.values["against"], change.values["subject"]) == ("fired", "hold", "job")
    assert 480 <= change.at <= 600
    assert change.values["p95"] > change.values["limit"] == pytest.approx(1.3 * change.values["baseline"])
    for seed in range(5):
        assert judge(with_stops({"rule": "latency-rise"}), slowed(random.Random(seed), 1.15), held(10, seconds=720)) == []


def after_baseline(seconds: float = 60.0) -> tuple[Step, ...]:
    """30 s of a baseline, then one step."""
    return (Step(0, 1, 0.0, 0.0, 30.0, role="baseline"), Step(1, 10, 30.0, 30.0, 30.0 + seconds))


def alone_then(jobs: int, before: float, after: float, rng: random.Random) -> list[Row]:
    """So many jobs of a baseline of 30 s, then 20 a second for a minute, which take (before, after) seconds, more or less."""
    alone = [job(1 + 28 * n / jobs, before * rng.lognormvariate(0, 0.3)) for n in range(jobs)]
    return [*alone, *(job(31 + n / 20, after * rng.lognormvariate(0, 0.3)) for n in range(1200))]


def test_a_first_step_is_held_against_the_baseline(with_stops: Any) -> None:
    rule, steps = {"rule": "latency-rise"}, after_baseline()
    slow = judge(with_stops(rule), alone_then(25, 0.5, 8.0, random.Random(1)), steps)
    assert told(slow) == [("latency-rise", "armed", 40), ("latency-rise", "fired", 60)]
    values = slow[-1].values
    assert (values["subject"], values["against"], values["windows"]) == ("job", "baseline", 3)
    assert values["median"] > values["limit"] == pytest.approx(max(3 * values["baseline"], values["baseline"] + 1.0))
    assert judge(with_stops(rule), alone_then(25, 0.5, 1.2, random.Random(1)), steps) == []
    assert judge(with_stops(rule), alone_then(19, 0.5, 8.0, random.Random(1)), steps) == [], "too few to hold anything against"
    assert judge(with_stops(rule), alone_then(25, 0.5, 8.0, random.Random(1)), after_baseline()[1:]) == []


def test_what_a_baseline_left_open_changes_nothing_later(with_stops: Any) -> None:
    """A job of the baseline that ends in a later ramp comes too late to be known by the first step."""
    steps = (*after_baseline(30.0), Step(2, 20, 60.0, 70.0, 130.0))
    rows = [*alone_then(25, 0.5, 1.0, random.Random(1))[:25], job(65.0, 40.0), *(job(31.0 + n, 1.0) for n in range(9))]
    rows += [job(70 + n / 20, 8.0) for n in range(1200)]
    fired = judge(with_stops({"rule": "latency-rise"}), rows, steps)
    assert told(fired) == [("latency-rise", "armed", 80), ("latency-rise", "fired", 100)]
    assert fired[-1].values["against"] == "baseline"
