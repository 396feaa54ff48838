"""Whether a generator was the bottleneck, in numbers that are known."""

import numpy as np
import pytest

from report.stats.generator_health import Allowed, faults, is_near, lag_allowed, lag_p99, too_many

NAN = float("nan")


@pytest.mark.parametrize("stalls", [0, 5, 12, 13, 40, 1200])
def test_lag_is_what_all_heartbeats_would_have_said(stalls: int) -> None:
    """Only those over 5 ms are recorded; above that the percentile is exact, below it is said to be 0."""
    rng = np.random.default_rng(stalls)
    every = np.concatenate([rng.uniform(0, 0.004, 1200 - stalls), rng.uniform(0.01, 0.3, stalls)])
    slow, truth = every[every > 0.005], float(np.quantile(every, 0.99))
    found = lag_p99(slow, len(every))
    assert found == pytest.approx(truth) if stalls > 12 else found <= 0.01


def test_without_heartbeats_the_lag_is_not_known() -> None:
    assert np.isnan(lag_p99(np.empty(0), 0))
    assert lag_p99(np.empty(0), 20) == 0.0


@pytest.mark.parametrize(("median", "allowed"), [(0.003, 0.02), (0.2, 0.02), (0.5, 0.05), (NAN, 0.02)])
def test_a_tenth_of_a_long_response_time_may_be_lag(median: float, allowed: float) -> None:
    assert lag_allowed(Allowed(), median) == pytest.approx(allowed)


@pytest.mark.parametrize(
    ("late", "sent", "is_so"),
    [(0, 0, False), (1, 0, True), (0, 50, False), (1, 50, False), (2, 50, True), (4, 200, False), (5, 200, True),
     (120, 10_000, False), (121, 10_000, True)],
)  # fmt: skip
def test_more_late_than_one_in_a_hundred_and_than_chance(late: int, sent: int, is_so: bool) -> None:
    assert too_many(late, sent, 0.01) is is_so


@pytest.mark.parametrize(
    ("cpu", "lagging", "beats", "late", "found"),
    [
        (0.5, 0, 1200, 0, ()),
        (0.8, 12, 1200, 0, ()),
        (0.81, 0, 1200, 0, ("cpu",)),
        (0.5, 19, 1200, 0, ("lag",)),
        (0.5, 1, 26, 0, ()),
        (0.5, 2, 26, 0, ("lag",)),
        (0.5, 0, 1200, 30, ("late",)),
        (1.0, 600, 1200, 500, ("cpu", "lag", "late")),
        (NAN, 0, 0, 0, ()),
    ],
)
def test_faults(cpu: float, lagging: int, beats: int, late: int, found: tuple[str, ...]) -> None:
    assert faults(Allowed(), cpu, lagging, beats, late, 1000) == found


def test_bounds_may_be_others() -> None:
    assert faults(Allowed(cpu=2.0, late=1.0), 1.9, 0, 1200, 900, 1000) == ()


@pytest.mark.parametrize(("cpu", "lag", "near"), [(0.6, 0.01, False), (0.61, 0.0, True), (0.1, 0.011, True), (NAN, NAN, False)])
def test_near_its_limits(cpu: float, lag: float, near: bool) -> None:
    assert is_near(cpu, lag) is near
