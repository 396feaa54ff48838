"""The two-segment fit on made-up trials, and what a capacity search does next."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from profiles import Profile, validate
from report.analysis.steps.saturation import Saturated
from report.document.finding import Source
from report.findings.capacity.saturation import capacity_finding
from report.rules.capacity.search import Because, Decision, Search, decide, load_of
from report.rules.capacity.summary import search_line
from report.stats.saturation import ENOUGH_BEYOND, Trial, fit_saturation, parts_of, trial
from tests.small import DOCUMENT

Law = Callable[[float], float]


def trials(law: Law, loads: list[float], spread: float = 0.02) -> list[Trial]:
    """Steps that follow a law of throughput, their ten parts spread by chance."""
    rng = np.random.default_rng(5)
    return [Trial(load, law(load) * (1 + spread * rng.standard_normal(10))) for load in loads]


def searched(load: dict[str, Any], law: Law, **clients: Any) -> tuple[Profile, list[int], Decision]:
    """A search over a service that follows a law: the clients of its steps, and how it ended."""
    load = {"shape": "capacity", "start": 4, "ramp": "1s", "hold": "1m", **load}
    profile = validate(DOCUMENT | {"load": load, "clients": {"submit_every": "1s", **clients}}, "test.toml")
    steps: list[Trial] = []
    taken: list[int] = []
    while (decision := decide(profile, steps, confirmed=True)).stage:
        taken.append(decision.stage.clients)
        steps += trials(law, [load_of(profile, decision.stage.clients)])
    return profile, taken, decision


def test_open_clients_complete_what_they_offer_up_to_the_capacity() -> None:
    seen = fit_saturation(trials(lambda load: min(load, 12), [4, 6, 9, 13.5, 14, 16]), waits=False)
    assert seen is not None and seen.state == "found" and seen.cycle == 1
    assert seen.capacity == pytest.approx(12, rel=0.01) == seen.knee
    assert seen.low < 12 < seen.high
    assert (seen.below, seen.beyond, seen.steps) == (3, 3, 6)


def test_waiting_clients_have_a_knee_where_they_keep_the_service_busy() -> None:
    seen = fit_saturation(trials(lambda clients: min(clients / 5, 12), [10, 20, 45, 80, 100, 130]), waits=True)
    assert seen is not None and seen.state == "found"
    assert seen.cycle == pytest.approx(5, rel=0.01)
    assert seen.knee == pytest.approx(60, rel=0.02)
    assert seen.knee_low is not None and seen.knee_high is not None and seen.knee_low < 60 < seen.knee_high


@pytest.mark.parametrize("loads", [[4, 6, 9], [4, 6, 9, 13.5], [4, 6, 9, 13.5, 14]])
def test_nothing_is_claimed_beyond_what_was_seen(loads: list[float]) -> None:
    seen = fit_saturation(trials(lambda load: min(load, 12), loads), waits=False)
    assert seen is not None and seen.state == "at least"
    assert seen.capacity == pytest.approx(min(loads[-1], 12), rel=0.02)
    assert search_line(seen, "until").startswith("capacity at least ")


def test_waiting_clients_that_were_never_too_few_show_no_knee() -> None:
    seen = fit_saturation(trials(lambda _: 12, [80, 100, 130, 160]), waits=True)
    assert seen is not None and seen.state == "at least"


def test_throughput_that_falls_under_overload() -> None:
    def law(clients: float) -> float:
        return clients / (1 + 0.01 * (clients - 1) + 0.0005 * clients * (clients - 1)) / 5

    seen = fit_saturation(trials(law, [5, 10, 20, 40, 80, 120], spread=0.01), waits=True)
    assert seen is not None and seen.state == "falls"
    assert seen.knee == 40 and seen.capacity == pytest.approx(law(40), rel=0.01)
    assert seen.fall == pytest.approx(1 - law(120) / law(40), rel=0.2)
    assert seen.kappa == pytest.approx(0.0005, rel=0.2)


def test_chance_is_no_fall() -> None:
    for seed in range(200):
        rng = np.random.default_rng(seed)
        steps = [Trial(load, rng.poisson(min(load, 12) * 15, 10) / 15) for load in (6.0, 9.0, 14.0, 15.0, 17.0)]
        seen = fit_saturation(steps, waits=False)
        assert seen is not None and seen.state == "found"


def test_nothing_completed() -> None:
    assert fit_saturation([Trial(5, np.zeros(10))], waits=False) is None
    assert fit_saturation([], waits=True) is None


def test_a_trial_leaves_the_settling_out() -> None:
    assert parts_of(100, 160, 30)[[0, -1]].tolist() == [120, 160]
    assert parts_of(100, 400, 30)[0] == 130
    assert parts_of(100, 400, 80)[0] == 180
    assert trial(3.0, np.arange(0, 200, 0.5), 100, 160, 30).rates.tolist() == [2.0] * 10


def test_a_search_leaves_out_what_the_profile_says() -> None:
    load = {"shape": "capacity", "start": 4, "ramp": "1s", "hold": "1m"}
    for settle, left_out, counted in (("5s", 5, 2), ("10s", 10, 1), ("1m", 20, 0)):
        search = Search(validate(DOCUMENT | {"load": load, "method": {"settle": settle}}, "test.toml"))
        search.next()
        search.hold(100.0)
        search.add(np.array([104.0, 106.0, 112.0, 165.0]))
        search.next()
        seen = search.decision.seen
        assert (seen.capacity if seen else 0) == pytest.approx(counted / (60 - left_out))


def test_a_search_steps_up_then_stays_near_the_knee() -> None:
    _, taken, decision = searched({}, lambda load: min(load, 20))
    assert taken[:5] == [4, 6, 9, 14, 21]
    assert len(taken) <= 9 and max(taken) <= 1.6 * 20
    assert decision.because == "plateau" and decision.seen is not None
    assert sum(clients >= 22 for clients in taken) >= ENOUGH_BEYOND
    assert search_line(decision.seen, decision.because).startswith("capacity 20.")


def test_a_search_confirms_what_it_found() -> None:
    profile, taken, _ = searched({"clear": "7s"}, lambda load: min(load, 20))
    stage = decide(profile, trials(lambda load: min(load, 20), [float(n) for n in taken])).stage
    assert stage is not None and stage.role == "confirmation"
    assert stage.clients in (17, 18)
    assert (stage.clear_above, stage.clear_for) == (0, 7.0)


def test_waiting_clients_are_confirmed_below_their_knee() -> None:
    profile, taken, decision = searched({}, lambda n: min(n / 2, 10), mode="think")
    assert decision.because == "plateau"
    stage = decide(profile, trials(lambda n: min(n / 2, 10), [float(n) for n in taken])).stage
    assert stage is not None and stage.clients == pytest.approx(18, abs=1)


def test_a_search_that_starts_too_high_comes_down() -> None:
    _, taken, decision = searched({"start": 200}, lambda n: min(n / 2, 10), mode="paced")
    assert min(taken) < 20 and decision.because == "plateau"


@pytest.mark.parametrize(
    ("load", "law", "because", "said"),
    [
        ({"until": 15}, lambda load: load, "until", "at least 15"),
        ({"until": 4}, lambda load: load, "until", "1 step:"),
        ({"max_steps": 3}, lambda load: load, "max_steps", "3 steps"),
        ({}, lambda _: 0.0, "nothing completed", "no capacity: no job was completed"),
    ],
)
def test_a_search_that_finds_no_plateau_says_why(load: dict[str, Any], law: Law, because: str, said: str) -> None:
    _, _, decision = searched(load, law)
    assert decision.because == because
    assert said in search_line(decision.seen, decision.because)


def test_one_client_that_is_enough() -> None:
    _, taken, decision = searched({}, lambda _: 5.0, mode="think")
    assert decision.because == "one client" and min(taken) == 1


@pytest.mark.parametrize(
    ("law", "loads", "waiting", "because", "said"),
    [
        (
            lambda n: min(n / 5, 12),
            [20, 40, 80, 100, 130],
            True,
            None,
            "From 60 clients on throughput stayed flat, over 3 of 5 steps",
        ),
        (
            lambda load: min(load, 12),
            [4, 8, 14, 15, 18],
            False,
            "plateau",
            "jobs/s offered (60 clients) on throughput stayed flat",
        ),
        (
            lambda load: min(load, 12),
            [4, 8, 14],
            False,
            "until",
            "1 step was clearly beyond it. 3 are needed, each with 1.10 times",
        ),
        (lambda load: min(load, 12), [4, 8], False, "plateau", "the load generators spoiled some of its steps"),
        (lambda load: 12 - abs(12 - load) / 2, [10, 12, 16, 20], False, "decline", "throughput fell by 3"),
    ],
)
def test_page_1_says_what_the_steps_say(law: Law, loads: list[float], waiting: bool, because: Because | None, said: str) -> None:
    seen = fit_saturation(trials(law, loads, spread=0.004), waiting)
    assert seen is not None
    found = capacity_finding(Saturated(seen, because, None, waiting), submit_every=5.0, source=Source())
    assert said in found.sentence
    assert found.level == ("note" if seen.state == "at least" else "good")
    assert found.numbers["jobs_per_s"] == seen.capacity
