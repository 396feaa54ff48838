"""What is in a batch, who submits what, and when it is over."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from load.jobs.batch import BatchClock, apportion, compose
from profiles import Profile, validate
from tests.small import DOCUMENT

TENANTS = [{"name": name, "jobs": jobs} for name, jobs in {"a": 100, "b": 750, "c": 50, "d": 10}.items()]
KINDS = [{"kind": "sum", "weight": 5}, {"kind": "fetch"}, {"kind": "never", "weight": 0}]


def of_batch(**tables: Any) -> Profile:
    """A valid profile, but for the load, whose clients say nothing of arrivals in time."""
    return validate(DOCUMENT | {"clients": {"poll_every": "1s"}} | tables, "test.toml")


@given(st.integers(0, 10_000), st.lists(st.integers(0, 100), min_size=1, max_size=8).filter(any))
def test_shares_are_whole_and_add_up(n: int, weights: list[int]) -> None:
    shares = apportion(n, weights)
    assert sum(shares) == n
    exact = [n * weight / sum(weights) for weight in weights]
    assert all(abs(share - ideal) < 1 for share, ideal in zip(shares, exact, strict=True))
    assert all(share == 0 for share, weight in zip(shares, weights, strict=True) if not weight)


def test_tenants_get_exactly_their_jobs() -> None:
    batch = compose(of_batch(load={"shape": "batch"}, tenant=TENANTS, job=KINDS))
    assert Counter(tenant for _, tenant in batch) == {"a": 100, "b": 750, "c": 50, "d": 10}
    assert Counter(batch)["sum", "b"] == 625
    assert {kind for kind, _ in batch} == {"sum", "fetch"}


def test_weights_share_a_batch_out() -> None:
    tenants = [{"name": "a", "weight": 3}, {"name": "b"}]
    batch = compose(of_batch(load={"shape": "batch", "jobs": 1000}, tenant=tenants, job=KINDS))
    assert Counter(tenant for _, tenant in batch) == {"a": 750, "b": 250}
    assert Counter(kind for kind, _ in compose(of_batch(load={"shape": "batch", "jobs": 7}, tenant=[], job=KINDS))) == {
        "sum": 6, "fetch": 1,
    }  # fmt: skip


def test_the_same_profile_gives_the_same_batch() -> None:
    def batch(**more: Any) -> list[tuple[str, str]]:
        return compose(of_batch(load={"shape": "batch"}, tenant=TENANTS, **more))

    assert batch() == batch()
    assert batch() != batch(seed=2)
    assert sorted(batch()) == sorted(batch(seed=2))
    assert [tenant for _, tenant in batch()[:200]].count("b") < 190, "tenants take turns"


@pytest.mark.parametrize("workers", [1, 3, 4])
def test_workers_share_it_without_loss(workers: int) -> None:
    profile = of_batch(load={"shape": "batch"}, tenant=TENANTS)
    shares = [compose(profile)[first::workers] for first in range(workers)]
    assert sorted(work for share in shares for work in share) == sorted(compose(profile))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_batch_is_over_with_its_last_job() -> None:
    clock = BatchClock(10, drain=5.0)
    assert not clock.is_over(100.0, begun=9, ended=9), "one is still to be submitted"
    assert not clock.is_over(200.0, begun=10, ended=9)
    assert clock.is_over(200.5, begun=10, ended=10)


def test_or_so_long_after_its_last_submit() -> None:
    clock = BatchClock(10, drain=5.0)
    assert [clock.is_over(now, begun, 3) for now, begun in ((0, 9), (50, 9), (60, 10), (64.9, 10), (65, 10))] == [
        False, False, False, False, True,
    ]  # fmt: skip
