"""Polls that a service held open, told from polls that it was slow to answer."""

from collections.abc import Callable

import numpy as np
import pytest

from report.stats.job_times.held_polls import NOTICED, Answered, late_from, were_held
from report.stats.quantiles import Array

N, QUICK = 2000, 0.003
Times = Callable[[np.random.Generator], Array]


def equal(_: np.random.Generator) -> Array:
    return np.full(N, 3.0)


def exponential(rng: np.random.Generator) -> Array:
    return rng.exponential(3.0, N)


def noisy(rng: np.random.Generator) -> Array:
    return rng.lognormal(1.0, 0.4, N)


def held(rng: np.random.Generator, jobs: Times, longest: float) -> Answered:
    """Each first poll is sent within a second, and held until the job has ended or for the longest that a poll is held."""
    took, sent = jobs(rng), rng.uniform(0, 1, N)
    waits = np.clip(took - sent, 0, longest)
    done = took - sent <= longest
    return Answered((waits + QUICK)[done], sent[done], (waits + QUICK)[~done], QUICK)


def slow(rng: np.random.Generator, jobs: Times, replies: Times) -> Answered:
    """Each first poll is sent within a second and takes as long as it takes, whether or not the job has ended."""
    took, sent, seconds = jobs(rng), rng.uniform(0, 1, N), replies(rng)
    done = sent + seconds / 2 >= took
    return Answered(seconds[done], sent[done], seconds[~done], QUICK)


@pytest.mark.parametrize("jobs", [equal, exponential, noisy])
@pytest.mark.parametrize("longest", [2.0, 60.0])
def test_polls_held_until_the_end(jobs: Times, longest: float) -> None:
    assert all(were_held(held(np.random.default_rng(seed), jobs, longest), NOTICED) for seed in range(50))


@pytest.mark.parametrize("jobs", [lambda _: np.full(N, 0.1), lambda rng: rng.exponential(1.5, N)])
@pytest.mark.parametrize("replies", [equal, noisy])
def test_polls_that_are_only_slow(jobs: Times, replies: Times) -> None:
    assert not any(were_held(slow(np.random.default_rng(seed), jobs, replies), NOTICED) for seed in range(50))


def test_where_nothing_tells_polls_are_slow_if_all_requests_are() -> None:
    few = Answered(np.full(5, 3.0), np.full(5, np.nan), np.empty(0), others=2.0)
    assert not were_held(few, NOTICED)


def test_what_is_late_depends_on_what_is_quick() -> None:
    assert late_from(np.array([0.001, 0.002, 5.0])) == pytest.approx((0.0011, NOTICED))
    assert late_from(np.full(9, 0.5))[1] == pytest.approx(5.0)
