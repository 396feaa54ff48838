"""Repeats: intervals over whole runs, what can be told apart, groups and drift, against known truth."""

import numpy as np
import pytest

from report.stats.repeats import best_of, drift, paired, spread, two_groups


def test_no_interval_from_two_runs() -> None:
    two, three = spread(np.array([1.0, 2.0])), spread(np.array([1.0, 2.0, 3.0]))
    assert two.mean.value == 1.5 and not two.mean.known
    assert (three.mean.low, three.mean.high) == pytest.approx((2 - 2.4841, 2 + 2.4841), abs=1e-3)
    assert not paired(np.array([1.0, 1.0]), np.array([2.0, 2.0]))[0].known
    assert spread(np.array([])).n == 0


def test_intervals_cover_the_truth() -> None:
    rng = np.random.default_rng(3)
    means = [spread(rng.normal(10, 1, 3)).mean for _ in range(1000)]
    assert sum(one.low <= 10 <= one.high for one in means) >= 930
    logs = [paired(np.exp(rng.normal(0, 0.1, 4)), np.exp(rng.normal(0.2, 0.1, 4)))[0] for _ in range(1000)]
    assert sum(one.low <= np.exp(0.2) <= one.high for one in logs) >= 930


def test_pairs_take_out_what_drifts() -> None:
    """The machine slows down from repeat to repeat by a third; the ratio of the two is the same in each."""
    slow = np.array([9.0, 6.0, 4.0])
    ratio, p = paired(slow, slow * np.array([1.5, 1.49, 1.51]))
    assert ratio.value == pytest.approx(1.5, abs=0.01) and 1.4 < ratio.low < ratio.high < 1.6 and p < 0.001


def test_equals_are_seldom_told_apart() -> None:
    rng = np.random.default_rng(5)

    def group(*factors: float) -> dict[str, dict[int, float]]:
        return {f"c{i}": {k: factor * float(np.exp(rng.normal(0, 0.1))) for k in range(4)} for i, factor in enumerate(factors)}

    false = sum(
        any(len(best.alike) < len(best.others) for best in best_of([group(1, 1, 1), group(1, 1, 1)], True)) for _ in range(200)
    )
    assert false <= 20  # The best was chosen by looking, which Holm's correction doesn't know of.
    clear = [best_of([group(1, 3)], True)[0] for _ in range(50)]
    assert sum(best.name == "c1" and not best.alike for best in clear) >= 49
    low = best_of([group(1, 3)], False)[0]
    assert low.name == "c0"


def test_two_repeats_tell_nothing_apart() -> None:
    (best,) = best_of([{"a": {1: 1.0, 2: 1.0}, "b": {1: 9.0, 2: 9.0}}], True)
    assert (best.name, best.alike, best.pairs) == ("b", ("a",), 2)


@pytest.mark.parametrize(
    ("values", "split"),
    [([1.5, 31.3, 31.4], 1), ([1, 1, 2], 2), ([1, 2, 4], 0), ([1, 1.2, 1.3], 0), ([5, 5, 5], 0), ([1, 9], 0)],
)
def test_two_groups(values: list[float], split: int) -> None:
    found = two_groups(np.array(values, dtype=float))
    assert (len(found[0]) if found else 0) == split


def test_drift() -> None:
    rng = np.random.default_rng(1)

    def cells(change: float) -> list[tuple[np.ndarray, np.ndarray]]:
        made = []
        for scenario in range(6):
            at = np.array([scenario, scenario + 6, scenario + 12], dtype=float)
            made.append((2.0**scenario * np.exp(change * at / 17 + rng.normal(0, 0.03, 3)), at))
        return made

    assert sum(drift(cells(0.0))[1] < 0.01 for _ in range(200)) <= 8
    ratio, p = drift(cells(np.log(0.8)))
    assert p < 0.01 and ratio == pytest.approx(0.8, abs=0.06)
    assert np.isnan(drift([(np.array([1.0]), np.array([0.0]))])[1])
