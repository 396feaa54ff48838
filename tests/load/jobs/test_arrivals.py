"""When jobs are due."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from load.jobs.arrivals import due_times


def first(n: int, kind: str, start: float = 0.0, every: float = 1.0, seed: int = 1) -> np.ndarray:
    return np.array(list(itertools.islice(due_times(kind, start, every, random.Random(seed)), n)))


@given(st.floats(-1e6, 1e6), st.floats(0.001, 3600), st.integers())
def test_even_puts_one_arrival_into_each_slot(start: float, every: float, seed: int) -> None:
    due = first(50, "even", start, every, seed)
    places = (due - start) / every - np.arange(50)
    assert (places >= -1e-6).all() and (places <= 1 + 1e-6).all()
    assert (np.diff(due) >= 0).all()


def test_even_arrivals_are_uniform_in_their_slots() -> None:
    places = np.sort(first(4000, "even", 10.0, 5.0) % 5.0 / 5.0)
    distance = np.abs(places - (np.arange(4000) + 0.5) / 4000).max()
    assert distance < 1.63 / np.sqrt(4000), "Kolmogorov and Smirnov's test at 1 %"
    assert abs(np.corrcoef(first(4000, "even")[:-1] % 1, first(4000, "even")[1:] % 1)[0, 1]) < 0.05


def test_poisson_gaps_are_exponential() -> None:
    due = first(4000, "poisson", 10.0, 5.0)
    gaps = np.diff(due, prepend=10.0)
    assert (gaps > 0).all()
    assert gaps.mean() == pytest.approx(5.0, rel=0.05)
    assert gaps.std() == pytest.approx(5.0, rel=0.06)
    assert np.median(gaps) == pytest.approx(5.0 * np.log(2), rel=0.08)


@pytest.mark.parametrize(("kind", "spread"), [("even", 0.45), ("poisson", 1.0)])
def test_many_clients_together_offer_the_rate(kind: str, spread: float) -> None:
    due = np.concatenate([first(200, kind, 0.0, 5.0, seed) for seed in range(200)])
    counts = np.histogram(due, np.arange(100, 800, 5.0))[0]
    assert counts.mean() == pytest.approx(200, rel=0.02)
    assert counts.std() < 1.3 * spread * np.sqrt(200)


@pytest.mark.parametrize("kind", ["even", "poisson"])
def test_arrivals_are_seeded(kind: str) -> None:
    assert (first(20, kind, seed=3) == first(20, kind, seed=3)).all()
    assert (first(20, kind, seed=3) != first(20, kind, seed=4)).any()
