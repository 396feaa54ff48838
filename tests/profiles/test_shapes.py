"""Shapes of load, and the stages they expand into."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles import Profile, Stage, StepLoad


@pytest.mark.parametrize(
    ("load", "stages"),
    [
        (
            {"shape": "step", "start": 40, "step": 40, "until": 160},
            [(40, 10, 600), (80, 10, 600), (120, 10, 600), (160, 10, 600)],
        ),
        ({"shape": "step", "start": 1, "step": 4, "until": 8, "ramp": "0s", "hold": "1m"}, [(1, 0, 60), (5, 0, 60)]),
        ({"shape": "step", "start": 3, "step": 9, "until": 3}, [(3, 10, 600)]),
        (
            {"shape": "spike", "levels": [60, 80, 200, 60], "ramp": "5s", "hold": "5m", "spike_hold": "60s"},
            [(60, 5, 300), (80, 5, 300), (200, 5, 60), (60, 5, 300)],
        ),
        ({"shape": "spike", "levels": [9, 1, 9], "hold": "2s"}, [(9, 10, 2), (1, 10, 2), (9, 10, 2)]),
        (
            {"shape": "stages", "hold": "2m", "stage": ({"clients": 20}, {"clients": 90, "ramp": "1s", "hold": "30s"})},
            [(20, 10, 120), (90, 1, 30)],
        ),
        ({"shape": "hold", "clients": 12, "ramp": "1s", "hold": "2h"}, [(12, 1, 7200)]),
    ],
)
def test_shapes_expand_into_stages(profile_with: Callable[..., Profile], load: Any, stages: Any) -> None:
    assert profile_with(load=load).load.stages() == tuple(Stage(*stage) for stage in stages)


@given(st.integers(1, 500), st.integers(1, 100), st.integers(0, 500))
def test_steps_rise_evenly_and_end_within_reach(start: int, step: int, more: int) -> None:
    stages = StepLoad(shape="step", start=start, step=step, until=start + more).stages()
    clients = [stage.clients for stage in stages]
    assert clients[0] == start
    assert all(b - a == step for a, b in zip(clients, clients[1:], strict=False))
    assert start + more - step < clients[-1] <= start + more


@pytest.mark.parametrize(
    ("load", "clients"),
    [
        ({"shape": "step", "start": "5/s", "step": "2.5/s", "until": 20}, [10, 15, 20]),
        ({"shape": "spike", "levels": ["10/s", 60, "0.5/s"]}, [20, 60, 1]),
        ({"shape": "stages", "stage": ({"clients": "3 /s"},)}, [6]),
        ({"shape": "hold", "clients": "1000/s"}, [2000]),
    ],
)
def test_levels_may_be_rates(profile_with: Callable[..., Profile], load: Any, clients: list[int]) -> None:
    """Each of these clients submits every two seconds."""
    assert [stage.clients for stage in profile_with(load=load).load.stages()] == clients


def test_a_search_may_start_at_a_rate(profile_with: Callable[..., Profile]) -> None:
    load = profile_with(load={"shape": "capacity", "start": "5/s", "until": "100/s"}, clients={}).load
    assert (load.start, load.until) == (25, 500)  # type: ignore[union-attr]


def test_only_a_stepping_load_seeks_limits(profile_with: Callable[..., Profile]) -> None:
    assert profile_with().load.seeks_limits
    assert not profile_with(load={"shape": "spike", "levels": [1, 2]}).load.seeks_limits
    assert not profile_with(load={"shape": "hold", "clients": 1}).load.seeks_limits


def test_facts_of_a_profile(profile_with: Callable[..., Profile]) -> None:
    profile = profile_with()
    assert list(profile.endpoints) == ["submit", "status", "result"]
    assert profile.kinds == ("fetch", "sum")
    assert profile.offered_rate(10) == 5.0
    assert profile.condition("p95(submit{tenant=a}) < 1s").value == 1.0
    assert [stop.label for stop in profile.stop] == ["errors", "load1(target) > 3.0"]
