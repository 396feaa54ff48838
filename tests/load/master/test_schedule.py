"""Whole runs of the schedule, played in virtual time."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from load.master.schedule import JUDGING_PATIENCE, Schedule
from profiles import HoldLoad, SpikeLoad, Stage, StepLoad, validate
from report.rules.capacity.search import Search
from tests.small import DOCUMENT

TICK = 0.1


def play(
    schedule: Schedule,
    *,
    lag: float = 0.0,
    blind: Callable[[float], bool] = lambda _now: False,
    stop_at: float = float("inf"),
    limit: float = 10_000.0,
) -> tuple[list[Any], list[tuple[float, int]]]:
    """Events and (second, target) until the end. Workers follow at once; the rules lag, and see nothing while blind."""
    events, targets, reported, now, tick = [], [], 0, 0.0, 0
    while schedule.phase != "over":
        assert now < limit, "the run doesn't end"
        events += schedule.stop(now) if now >= stop_at else schedule.advance(now, reported, 0.0 if blind(now) else now - lag)
        targets.append((now, schedule.target(now)))
        reported = schedule.target(now)
        tick += 1
        now = round(tick * TICK, 6)
    return events, targets


def told(events: list[Any]) -> list[tuple[str, int, int]]:
    return [(event.name, event.step, event.clients) for event in events]


def test_a_stepping_run() -> None:
    load = StepLoad(shape="step", start=10, step=10, until=30, ramp="5s", hold="20s")
    events, targets = play(Schedule(load.stages()))
    assert told(events) == [(name, step, step * 10) for step in (1, 2, 3) for name in ("ramp_start", "hold_start", "hold_end")]
    for ramp, start, end in zip(events[::3], events[1::3], events[2::3], strict=True):
        assert start.t - ramp.t == pytest.approx(5, abs=0.4)
        assert end.t - start.t == pytest.approx(20, abs=2 * TICK)
        assert end.cut is False
    assert [event.from_ for event in events[::3]] == [0, 10, 20]
    assert [n for _, n in targets] == sorted(n for _, n in targets)
    assert targets[-1][1] == 30


def test_a_baseline_comes_before_the_first_step_and_is_none() -> None:
    load = StepLoad(shape="step", start=10, step=10, until=20, ramp="5s", hold="20s", baseline="8s")
    events, targets = play(Schedule((*load.lead_in, *load.stages())), lag=1.0)
    assert told(events)[:4] == [("ramp_start", 0, 1), ("hold_start", 0, 1), ("hold_end", 0, 1), ("ramp_start", 1, 10)]
    assert [(event.role, event.from_) for event in events if event.name == "ramp_start"] == [
        ("baseline", 0), ("load", 0), ("load", 10),
    ]  # fmt: skip
    end, ramp = events[2].t, events[3].t
    assert end - events[1].t == pytest.approx(8, abs=2 * TICK)
    assert {n for t, n in targets if t < end} == {1}
    assert {n for t, n in targets if end <= t < ramp} == {0}, "its client is gone before those of the steps come"
    assert StepLoad(shape="step", start=1, step=1, until=2).lead_in == ()


def test_a_spike_ramps_down_too() -> None:
    load = SpikeLoad(shape="spike", levels=(60, 200, 60), ramp="4s", hold="10s", spike_hold="3s")
    events, targets = play(Schedule(load.stages()))
    starts = {event.step: event.t for event in events if event.name == "hold_start"}
    ends = {event.step: event.t for event in events if event.name == "hold_end"}
    assert [round(ends[step] - starts[step]) for step in (1, 2, 3)] == [10, 3, 10]
    down = [n for now, n in targets if ends[2] + 2 * TICK < now < starts[3]]
    assert down == sorted(down, reverse=True)
    assert down[0] > 150 > 100 > down[-1] >= 60


def test_one_level_held() -> None:
    events, targets = play(Schedule(HoldLoad(shape="hold", clients=7, ramp="0s", hold="30s").stages()))
    assert told(events) == [("ramp_start", 1, 7), ("hold_start", 1, 7), ("hold_end", 1, 7)]
    assert {n for _, n in targets} == {7}


def test_a_ramp_is_a_straight_line() -> None:
    schedule = Schedule([Stage(40, 10, 60), Stage(20, 4, 60)])
    assert schedule.target(0) == 0 and schedule.step == 0
    schedule.advance(100.0, 0, 0)
    assert [schedule.target(100 + second) for second in (0, 2.5, 5, 7.5, 10, 99)] == [0, 10, 20, 30, 40, 40]
    assert [schedule.left(100 + second) for second in (0, 4, 10, 11)] == [10, 6, 0, 0]
    schedule.advance(110.0, 40, 0)
    assert schedule.left(112.0) == 58
    schedule.advance(170.0, 40, 0)
    schedule.advance(170.0, 40, 170.0)
    assert [schedule.target(170 + second) for second in (0, 1, 2, 3, 4)] == [40, 35, 30, 25, 20]


@pytest.mark.parametrize("reported", [0, 39, 41, 400])
def test_a_hold_starts_only_when_all_clients_are_there(reported: int) -> None:
    schedule = Schedule([Stage(40, 10, 60)])
    schedule.advance(0.0, 0, 0)
    assert schedule.advance(5.0, 40, 5) == []
    for now in (10.0, 20.0, 3600.0):
        assert schedule.advance(now, reported, now) == []
    assert told(schedule.advance(3601.0, 40, 3601)) == [("hold_start", 1, 40)]


def test_the_next_step_waits_for_the_rules_but_not_for_ever() -> None:
    stages = [Stage(1, 0, 10), Stage(2, 0, 10)]

    def pause(**how: Any) -> float:
        events, _ = play(Schedule(stages), **how)
        return events[3].t - events[2].t

    assert pause() == pytest.approx(TICK)
    assert pause(lag=2.0) == pytest.approx(2.0)
    assert pause(lag=60.0) == pytest.approx(JUDGING_PATIENCE)
    assert pause(blind=lambda now: now < 13) == pytest.approx(13 - 10.1, abs=2 * TICK)


def test_clients_stay_while_a_step_is_judged() -> None:
    schedule = Schedule([Stage(5, 0, 10), Stage(9, 0, 10)])
    for now in (0.0, 0.0, 10.0):
        schedule.advance(now, 5, 0)
    assert (schedule.phase, schedule.target(11.0), schedule.left(11.0)) == ("judging", 5, 0.0)


@pytest.mark.parametrize(
    ("phase", "at", "cut"),
    [("waiting", -1.0, []), ("ramp", 2.0, []), ("hold", 8.0, [("hold_end", 1, 10)]), ("judging", 16.0, []), ("over", 99.0, [])],
)
def test_stopped_in_any_phase(phase: str, at: float, cut: list[Any]) -> None:
    schedule = Schedule([Stage(10, 5, 10)])
    for now in (0.0, 5.0, 15.0, 20.0):
        if now <= at:
            schedule.advance(now, 10, 0.0)
    assert schedule.phase == phase
    events = schedule.stop(at)
    assert told(events) == cut
    assert all(event.cut is True and event.t == at for event in events)
    assert schedule.phase == "over"
    assert schedule.stop(at + 1) == schedule.advance(at + 2, 10, at) == []


STAGES = st.lists(
    st.builds(Stage, st.integers(1, 300), st.sampled_from([0.0, 0.05, 1.0, 7.0]), st.sampled_from([0.1, 3.0, 20.0])),
    min_size=1,
    max_size=5,
)


@given(STAGES, st.floats(0, 8), st.floats(0, 150))
def test_any_run_tells_a_whole_story(stages: list[Stage], lag: float, stop_at: float) -> None:
    events, targets = play(Schedule(stages), lag=lag, stop_at=stop_at)
    assert [event.t for event in events] == sorted(event.t for event in events)
    whole = [
        name for step in range(1, len(stages) + 1) for name in [("ramp_start", step), ("hold_start", step), ("hold_end", step)]
    ]
    names = [(event.name, event.step) for event in events]
    assert names == whole[: len(names)]
    assert not names or names[-1][0] != "hold_start", "a hold was left open"
    assert all(0 <= n <= max(stage.clients for stage in stages) for _, n in targets)


def test_the_load_pauses_until_a_backlog_is_cleared() -> None:
    schedule = Schedule([Stage(30, 0, 10), Stage(9, 2, 10, "confirmation", 100, 60.0)])
    for now in (0.0, 0.0, 10.0):
        schedule.advance(now, 30, 0)
    (pause,) = schedule.advance(15.0, 30, 15.0, in_flight=400)
    assert (pause.name, pause.step, pause.in_flight, pause.limit) == ("clear_start", 2, 400, 60.0)
    assert (schedule.target(20.0), schedule.left(20.0)) == (0, 55.0)
    assert schedule.advance(30.0, 0, 30.0, in_flight=21) == []
    end, ramp = schedule.advance(31.0, 0, 31.0, in_flight=20)
    assert (end.name, end.in_flight) == ("clear_end", 20)
    assert (ramp.name, ramp.from_, ramp.role, ramp.hold) == ("ramp_start", 0, "confirmation", 10)
    assert schedule.target(32.0) == 4


def test_a_pause_has_an_end_and_no_cause_no_pause() -> None:
    def second_step(in_flight: int) -> list[str]:
        schedule = Schedule([Stage(30, 0, 10), Stage(9, 2, 10, "load", 100, 60.0)])
        for now in (0.0, 0.0, 10.0):
            schedule.advance(now, 30, 0)
        return [event.name for now in (15.0, 74.9, 75.0) for event in schedule.advance(now, 0, now, in_flight)]

    assert second_step(101) == ["clear_start", "clear_end", "ramp_start"]
    assert second_step(100) == ["ramp_start"]


@pytest.mark.parametrize("mode", ["open", "think"])
def test_a_search_steers_the_schedule_to_the_capacity(mode: str) -> None:
    """Schedule, search and a service of four servers of 0.2 s, second by second in virtual time."""
    load = {"shape": "capacity", "start": 3, "ramp": "2s", "hold": "60s", "clear": "5m"}
    profile = validate(DOCUMENT | {"load": load, "clients": {"submit_every": "1s", "mode": mode}}, "test.toml")
    search, service = Search(profile), Fluid(20.0, 1.0, 0.2, waits=mode == "think")
    schedule, events, now = Schedule(iter(search.next, None)), [], 0.0
    while schedule.phase != "over":
        assert now < 5000
        fresh = schedule.advance(now, schedule.target(now), now, round(service.jobs))
        if "hold_start" in {event.name for event in fresh}:
            search.hold(now)
        search.add(service.second(now, schedule.target(now)))
        events, now = events + fresh, now + 1.0
    seen = search.decision.seen
    assert seen is not None and seen.state == "found"
    assert seen.capacity == pytest.approx(20, rel=0.02)
    assert seen.knee == pytest.approx(20 if mode == "open" else 24, rel=0.05)
    assert [event.role for event in events if event.name == "ramp_start"][-2:] == ["load", "confirmation"]
    assert [event.name for event in events].count("clear_start") == 1


class Fluid:
    """A service that does at most `rate` jobs/s, and clients that submit every so often (or so long after their last)."""

    def __init__(self, rate: float, every: float, takes: float, waits: bool) -> None:
        self.rate, self.every, self.takes, self.waits = rate, every, takes, waits
        self.jobs = self.owed = 0.0

    def second(self, now: float, clients: int) -> Any:
        """The moments at which jobs are done in this second."""
        offered = clients / (self.every + self.takes) if self.waits else clients / self.every
        arrived = min(offered, max(0.0, clients - self.jobs)) if self.waits else offered
        done = min(self.rate, self.jobs + arrived)
        self.jobs += arrived - done
        self.owed += done
        whole, self.owed = int(self.owed), self.owed % 1
        return now + np.arange(whole) / max(1, whole)


def test_a_step_is_held_again_once() -> None:
    schedule = Schedule([Stage(10, 0, 30), Stage(20, 0, 30)])
    assert schedule.hold_again(0.0) == [], "nothing has ended yet"
    for now in (0.0, 0.1, 30.2):
        events = schedule.advance(now, 10, now)
    assert told(events) == [("hold_end", 1, 10)]
    assert told(schedule.hold_again(30.5)) == [("hold_again", 1, 10)]
    assert (schedule.target(31), schedule.left(31.5)) == (10, pytest.approx(19.0)), "two thirds of 30 s more"
    assert schedule.advance(50.0, 10, 50.0) == []
    assert told(schedule.advance(50.6, 10, 50.0)) == [("hold_end", 1, 10)]
    assert schedule.hold_again(50.7) == [], "once is enough"
    assert told(schedule.advance(50.8, 10, 51.0)) == [("ramp_start", 2, 20)]


@pytest.mark.parametrize("phase", ["ramp", "hold", "judging"])
def test_a_step_is_skipped(phase: str) -> None:
    schedule = Schedule([Stage(10, 5, 30), Stage(20, 5, 30)])
    for now in {"ramp": (0.0, 1.0), "hold": (0.0, 5.1, 6.0), "judging": (0.0, 5.1, 35.2)}[phase]:
        schedule.advance(now, 10, 0.0)
    assert schedule.phase == phase
    events = schedule.skip(36.0)
    assert told(events) == [*([("hold_end", 1, 10)] if phase == "hold" else []), ("ramp_start", 2, 20)]
    assert schedule.skip(37.0) == []
    assert schedule.phase == "over", "there is no third step"


def test_a_rule_that_ends_a_step_ends_the_search() -> None:
    load = {"shape": "capacity", "start": 3, "ramp": "0s", "hold": "10s"}
    search = Search(validate(DOCUMENT | {"load": load}, "test.toml"))
    schedule = Schedule(iter(search.next, None))
    for now in (0.0, 0.0):
        schedule.advance(now, 3, 0)
    search.hold(0.0)
    search.cut()
    schedule.skip(5.0)
    assert (schedule.phase, schedule.step) == ("over", 1)
