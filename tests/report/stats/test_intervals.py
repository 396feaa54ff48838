"""Intervals of shares, against published values and against what the binomial says."""

import pytest
from scipy.stats import binom

from report.stats.intervals import share_interval


def test_published_values() -> None:
    """Newcombe (1998), Table I: the exact method."""
    for bad, of, low, high in (
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ):
        found = share_interval(bad, of)
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
        assert found.value == bad / of


@pytest.mark.parametrize("share", [0.002, 0.01, 0.2, 0.9])
def test_the_truth_is_in_it_19_times_of_20(share: float) -> None:
    """Added up over everything that 300 jobs may show."""
    found = [share_interval(bad, 300) for bad in range(301)]
    covered = sum(float(binom.pmf(bad, 300, share)) for bad, each in enumerate(found) if each.low <= share <= each.high)
    assert 0.95 <= covered <= 0.995


def test_all_and_none() -> None:
    assert share_interval(300, 300).high == 1.0
    assert not share_interval(0, 0).known
