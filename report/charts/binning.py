"""Times and values in bins, so that a figure of a run of any length stays light."""

from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from report.document.chart import Series
from report.stats.quantiles import Array

BINS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
"""Widths that a bin may have, in seconds."""

MIN_FOR_P95 = 20
"""A bin's p95 is drawn where the bin holds so many."""


def bin_edges(end: float, bins: int) -> Array:
    """Edges of at most so many bins of a round width over [0, end]; the last ends with the run."""
    width = next((w for w in BINS if end / w <= bins), BINS[-1])
    edges = np.arange(0, end, width, dtype=np.float64)
    if len(edges) > 1 and end - edges[-1] < width / 2:
        edges = edges[:-1]
    return np.append(edges, end)


def series(label: str, role: str, x: Iterable[float], y: Iterable[float], style: str = "line") -> Series:
    """A series of a chart, with six significant digits, None for NaN."""
    return Series.model_validate(
        {
            "label": label,
            "role": role,
            "style": style,
            "x": tuple(_short(value) for value in x),
            "y": tuple(None if np.isnan(value) else _short(value) for value in y),
        }
    )


def middles(edges: Array) -> Array:
    """The middle of each bin."""
    return (edges[:-1] + edges[1:]) / 2


def rates(times: Array, edges: Array) -> Array:
    """Events per second in each bin, from their times (sorted)."""
    return np.diff(np.searchsorted(times, edges)) / np.diff(edges)


def binned_means(times: Array, values: Array, edges: Array) -> Array:
    """The mean of the values in each bin; times sorted, NaN for an empty bin."""
    at = np.searchsorted(times, edges)
    sums = np.append(0.0, np.cumsum(values))[at]
    counts = np.diff(at)
    return np.where(counts > 0, np.diff(sums) / np.maximum(counts, 1), np.nan)


def binned_quantiles(times: Array, values: Array, edges: Array) -> tuple[Array, Array]:
    """(median, p95) of each bin; times sorted, NaN where a bin holds too few."""
    at = np.searchsorted(times, edges)
    parts = [values[first:last] for first, last in pairwise(at)]
    p50 = [np.quantile(part, 0.5) if len(part) else np.nan for part in parts]
    p95 = [np.quantile(part, 0.95) if len(part) >= MIN_FOR_P95 else np.nan for part in parts]
    return np.array(p50), np.array(p95)


def thinned(x: Array, y: Array, most: int) -> tuple[Array, Array]:
    """At most so many of the points of a line, in order: of each run of neighbours the lowest and the highest stay, and NaN where
    nothing else is. Peaks and dips survive."""
    if len(x) <= most:
        return x, y
    groups = np.array_split(np.arange(len(x)), most // 2)
    kept = [index for group in groups for index in sorted({_extreme(y, group, np.nanargmin), _extreme(y, group, np.nanargmax)})]
    return x[kept], y[kept]


def _extreme(y: Array, group: NDArray[np.int64], find: Callable[[Array], np.intp]) -> int:
    return int(group[0] if np.isnan(y[group]).all() else group[find(y[group])])


def is_wide(*values: Array) -> bool:
    """Whether the values span so much that only a logarithmic axis shows them."""
    together = np.concatenate(values)
    together = together[np.isfinite(together) & (together > 0)]
    return len(together) > 0 and float(together.max() / np.median(together)) > 15


def _short(value: float) -> float:
    return float(f"{value:.6g}")
