"""Bins hold everything once, whatever the length of the run."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.charts.binning import BINS, MIN_FOR_P95, bin_edges, binned_means, binned_quantiles, is_wide, middles, rates, series

TIMES = st.lists(st.floats(0, 999), max_size=60).map(lambda times: np.sort(np.array(times, dtype=np.float64)))


@given(st.floats(1, 3e5), st.integers(20, 300))
def test_edges_span_the_run_in_round_widths(end: float, bins: int) -> None:
    edges = bin_edges(end, bins)
    assert edges[0] == 0 and edges[-1] == end and np.all(np.diff(edges) > 0)
    if len(edges) > 2:
        assert edges[1] in BINS
    if end / BINS[-1] <= bins:
        assert len(edges) - 1 <= bins + 1


@given(TIMES)
def test_rates_times_widths_are_the_events(times: np.ndarray) -> None:
    edges = bin_edges(1000.0, 100)
    assert (rates(times, edges) * np.diff(edges)).sum() == pytest.approx(len(times))


@given(TIMES)
def test_means_lie_within_their_values(times: np.ndarray) -> None:
    edges = bin_edges(1000.0, 50)
    means = binned_means(times, times, edges)
    counts = np.diff(np.searchsorted(times, edges))
    assert np.array_equal(np.isnan(means), counts == 0)
    assert np.nansum(means * counts) == pytest.approx(times.sum())


@pytest.mark.parametrize(("n", "known"), [(MIN_FOR_P95 - 1, False), (MIN_FOR_P95, True)])
def test_a_bin_with_too_few_has_no_p95(n: int, known: bool) -> None:
    p50, p95 = binned_quantiles(np.linspace(0, 0.9, n), np.arange(n, dtype=np.float64), np.array([0.0, 1.0, 2.0]))
    assert p50[0] == (n - 1) / 2 and np.isnan(p50[1])
    assert np.isnan(p95[0]) != known and np.isnan(p95[1])


def test_wide_values_ask_for_a_logarithmic_axis() -> None:
    assert not is_wide(np.array([1.0, 2.0, 10.0])) and is_wide(np.array([1.0, 1.0, 16.0]))
    assert not is_wide(np.array([0.0, np.nan]))


def test_a_series_has_six_digits_and_no_nan() -> None:
    line = series("a", "b", [1 / 3], [np.nan])
    assert line.x == (0.333333,) and line.y == (None,)
    assert list(middles(np.array([0.0, 2.0, 4.0]))) == [1.0, 3.0]
