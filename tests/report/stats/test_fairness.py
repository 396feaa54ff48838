"""Fairness and the longest wait, against answers known beforehand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kruskal

from report.stats.fairness import ALIKE, Bounds, chance_of, comparable, evenness, fairness, jain, longest, served_worst, spread
from report.stats.intervals import Held, Interval

NAN, INF = float("nan"), float("inf")


def test_the_longest_wait_is_bounded_by_its_polls() -> None:
    since, after, before = np.array([0.0, 1.0, 2.0]), np.array([4.0, 8.0, 5.0]), np.array([5.0, 8.5, 10.5])
    assert longest(since, after, before) == Bounds(least=7.0, most=8.5)


def test_a_job_never_seen_done_counts_with_its_age_when_last_seen() -> None:
    assert longest(np.array([0.0, 3.0]), np.array([4.0, 90.0]), np.array([5.0, NAN])) == Bounds(least=87.0, most=INF)
    assert longest(np.array([0.0]), np.array([NAN]), np.array([NAN])) == Bounds(least=0.0, most=INF)


def test_no_waits_have_no_longest() -> None:
    assert np.isnan(longest(np.empty(0), np.empty(0), np.empty(0)).most)


@given(st.lists(st.tuples(*[st.floats(0.0, 100.0)] * 3), min_size=1, max_size=30))
def test_the_truth_lies_within_the_bounds(jobs: list[tuple[float, float, float]]) -> None:
    """Each job waits (a), was last seen open some time before its end (b of it), and seen done some time after (c)."""
    waited, unseen, late = (np.array(values) for values in zip(*jobs, strict=True))
    bounds = longest(np.zeros(len(jobs)), waited * unseen / 100, waited + late)
    assert bounds.least <= waited.max() + 1e-9
    assert waited.max() <= bounds.most + 1e-9


@pytest.mark.parametrize(("limit", "said"), [(6.0, "no"), (7.0, "no"), (8.0, "undecided"), (8.5, "undecided"), (8.6, "yes")])
def test_a_limit_is_decided_as_far_as_the_bounds_tell(limit: float, said: str) -> None:
    assert Bounds(7.0, 8.5).below(limit) == said


def test_jains_index() -> None:
    assert jain(np.array([3.0, 3.0, 3.0])) == pytest.approx(1.0)
    assert jain(np.array([4.0, 0.0, 0.0, 0.0])) == pytest.approx(1 / 4)
    assert jain(np.array([1.0, 2.0, 3.0])) == pytest.approx(36 / 42)
    assert jain(np.zeros(3)) == 1.0


def test_only_equal_demands_are_compared_by_it() -> None:
    assert comparable({"a": 200, "b": 220})
    assert not comparable({"a": 200, "b": 221})
    assert not comparable({"a": 199, "b": 199})
    assert not comparable({"a": 1000})


def test_ranks_are_compared_as_scipy_does() -> None:
    rng = np.random.default_rng(1)
    for tenants in ([rng.exponential(1.0 + i, 10 + 30 * i) for i in range(4)], [rng.integers(0, 4, 20).astype(float)] * 2):
        assert chance_of(tenants) == pytest.approx(kruskal(*tenants).pvalue)
    assert chance_of([np.ones(5), np.ones(5)]) == 1.0


def test_tenants_served_alike_are_seldom_called_different() -> None:
    """100, 750, 50 and 10 jobs of one queue in an order that chance chose; 1 of 100 is allowed, 200 times: 7 at the most."""
    rng = np.random.default_rng(2)
    ends = np.cumsum(np.full(910, 0.1))
    wrong = sum(chance_of(np.split(rng.permutation(ends), [100, 850, 900])) < ALIKE for _ in range(200))
    assert wrong <= 7


def test_the_worst_served_against_the_median() -> None:
    assert spread({"a": 1.0, "b": 2.0, "c": 6.0}) == ("c", 3.0)
    assert spread({"a": 1.0}) is None
    assert spread({"a": 0.0, "b": 0.0}) is None


def held(seed: int, *slower: float, jobs: int = 400) -> dict[str, Held]:
    """Tenants whose jobs take exponential times, each so many times as long."""
    rng = np.random.default_rng(seed)
    sections = np.arange(jobs) * 10 // jobs
    return {f"t{i}": Held(rng.exponential(times, jobs), sections) for i, times in enumerate(slower)}


def test_a_tenant_served_worse_is_known_to_be() -> None:
    name, ratio = served_worst(held(1, 1, 1, 1, 3)) or ("", Interval(NAN, NAN, NAN))
    assert name == "t3" and 2 < ratio.low < 3 < ratio.high < 5


def test_the_worst_of_equals_is_told_from_them_in_few_of_a_hundred() -> None:
    """Without the allowance for having looked for it, it would be in about four times as many."""
    worst = [served_worst(held(seed, 1, 1, 1, 1, 1, 1, jobs=200)) for seed in range(100)]
    assert sum(found is not None and found[1].low > 1 for found in worst) <= 10


def test_evenness_is_judged_as_far_as_the_interval_tells() -> None:
    assert [fairness(Interval(0.9, 0.8, high)) for high in (0.94, 0.95, 1.0)] == ["uneven", "unclear", "unclear"]
    assert fairness(Interval(0.97, 0.95, 1.0)) == "even"
    index = evenness(list(held(2, 1, 1, 1).values()))
    assert fairness(index) == "even" and 1 / 3 <= index.low < index.value <= index.high <= 1
    assert fairness(evenness(list(held(2, 1, 1, 4).values()))) == "uneven"


def test_tenants_that_came_one_after_the_other_are_not_told_apart() -> None:
    """Without the part that holds all jobs of one, there is nothing to compare."""
    apart = {name: Held(each.values, np.full(len(each.values), part)) for part, (name, each) in enumerate(held(3, 1, 3).items())}
    name, ratio = served_worst(apart) or ("", Interval(NAN, NAN, NAN))
    assert name == "t1" and ratio.value > 1 and not ratio.known
    index = evenness(list(apart.values()))
    assert not index.known and fairness(index) == "unclear"
