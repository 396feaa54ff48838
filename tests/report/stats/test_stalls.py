"""Silences in which nothing came back."""

import numpy as np
import pytest

from report.stats.stalls import find_stalls


def traffic(rate: float, seconds: float, seed: int) -> np.ndarray:
    return np.sort(np.random.default_rng(seed).uniform(0, seconds, round(rate * seconds)))


def test_a_stall_its_length_and_its_slowest() -> None:
    due = traffic(20, 60, 1)
    replied = np.where((due > 20) & (due < 25), 25.0, due) + 0.01
    (stall,) = find_stalls(due, replied, 0, 60)
    assert stall.seconds == pytest.approx(5, abs=0.2) and stall.start == pytest.approx(20, abs=0.2)
    assert stall.slowest == pytest.approx(5, abs=0.2) and stall.waiting == pytest.approx(100, abs=30)


@pytest.mark.parametrize("rate", [0.5, 2, 50])
def test_random_traffic_has_none(rate: float) -> None:
    for seed in range(100):
        due = traffic(rate, 120, seed)
        assert find_stalls(due, due + np.random.default_rng(seed).exponential(0.3, len(due)), 0, 120) == []


@pytest.mark.parametrize("back", [65.0, np.nan])
def test_a_stall_up_to_the_end(back: float) -> None:
    """Of which the answers come later, or never."""
    due = np.arange(0, 60, 0.1)
    replied = np.where(due > 50, back, due + 0.01)
    (stall,) = find_stalls(due, replied, 0, 60)
    assert (stall.start, stall.end) == (pytest.approx(50, abs=0.2), 60) and stall.waiting == pytest.approx(100, abs=2)
    assert stall.slowest == pytest.approx(15 if back == 65 else 10, abs=0.2)


def test_nothing_sent_nothing_stalled() -> None:
    due = np.concatenate([np.arange(0, 20, 0.1), np.arange(40, 60, 0.1)])
    assert find_stalls(due, due + 0.01, 0, 60) == []
    assert find_stalls(np.array([]), np.array([]), 0, 60) == []


def test_what_was_never_answered_counts_as_waiting() -> None:
    due = np.arange(0, 60, 0.1)
    replied = np.where((due > 20) & (due < 30), np.nan, due + 0.01)
    (stall,) = find_stalls(due, replied, 0, 60)
    assert stall.seconds == pytest.approx(10, abs=0.2) and stall.waiting == pytest.approx(100, abs=2)
