"""The estimate from what polls leave open, against surpyval's."""

import warnings

import numpy as np
import pytest
from numpy.typing import NDArray

from report.stats.job_times.censoring import GRID, turnbull

Array = NDArray[np.float64]


def polled(seed: int, n: int, patience: float) -> tuple[Array, Array]:
    """(last seen open, first seen done] of n jobs of 0.3 s, polled each second from a random moment on until `patience`."""
    rng = np.random.default_rng(seed)
    took, first = rng.gamma(2, 0.15, n), rng.uniform(0, 1, n)
    polls = np.maximum(0, np.ceil(took - first))
    before = first + polls
    given_up = before > patience
    after = np.where(polls > 0, first + polls - 1, 0.0)
    return np.where(given_up, np.minimum(after, patience), after), np.where(given_up, np.inf, before)


def on_grid(times: Array, place: float) -> Array:
    """Moved to one place within their bin, so that both estimates see the same order of bounds."""
    return (np.floor(times / GRID) + place) * GRID


@pytest.mark.parametrize(("seed", "n", "patience"), [(1, 200, 10.0), (2, 500, 10.0), (3, 500, 0.6)])
def test_the_same_likelihood_as_surpyval(seed: int, n: int, patience: float) -> None:
    """What each job's interval is said to hold, since that alone is unique: where between two polls jobs ended, nobody can tell."""
    after, before = polled(seed, n, patience)
    after, before = on_grid(after, 0.25), on_grid(before, 0.75)
    ours = turnbull(after, before)
    bins = np.where(np.isinf(before), len(ours.times) - 1, np.minimum(before / GRID, len(ours.times) - 2) + 1).astype(int)
    upper = np.where(np.isinf(before), 1.0, ours.share[bins])
    held = upper - ours.share[(after / GRID).astype(int)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import surpyval

        theirs = surpyval.Turnbull.fit(xl=after, xr=before, turnbull_estimator="Kaplan-Meier", max_iter=20_000)
        seen = np.where(np.isinf(before), 100.0, before)
        upper = np.where(np.isinf(before), 1.0, np.asarray(theirs.ff(seen + GRID / 10, interp="step")))
        expected = upper - np.asarray(theirs.ff(after + GRID / 10, interp="step"))
    assert float(np.abs(held - expected).mean()) < 0.001
    assert float(np.log(held).mean()) == pytest.approx(float(np.log(expected).mean()), abs=0.001)
