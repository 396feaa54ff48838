"""Waiting and processing times from polled states: what they carry, and what they refuse. Accuracy: tests/accuracy."""

import numpy as np
import pytest

from report.stats.polled_states import LEAST, Polled, phases_of


def polled(n: int, wait: float, work: float, pause: float = 1.0, seed: int = 1) -> Polled:
    """n jobs with exponential times, polled each `pause` from a random moment on."""
    rng = np.random.default_rng(seed)
    begin, first = rng.exponential(wait, n) if wait else np.zeros(n), rng.uniform(0, pause, n)
    end = begin + rng.exponential(work, n)

    def cell(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        missed = np.maximum(0, np.ceil((t - first) / pause))
        return np.where(missed > 0, first + (missed - 1) * pause, 0.0), first + missed * pause

    return Polled(*cell(begin), *cell(end), pause)


def test_both_times_are_found_apart() -> None:
    phases = phases_of(polled(5000, wait=4.0, work=2.0))
    assert phases is not None and phases.jobs == 5000
    assert phases.waiting.quantiles[0.5].value == pytest.approx(4 * np.log(2), rel=0.06)
    assert phases.processing.quantiles[0.5].value == pytest.approx(2 * np.log(2), rel=0.06)
    assert phases.waiting.mean == pytest.approx(4.0, rel=0.06) and phases.processing.mean == pytest.approx(2.0, rel=0.06)


def test_jobs_that_never_waited_waited_nothing() -> None:
    phases = phases_of(polled(3000, wait=0.0, work=2.0, pause=0.2))
    assert phases is not None and phases.waiting.mean < 0.1


@pytest.mark.parametrize("n", [0, LEAST - 1])
def test_too_few_jobs_are_refused(n: int) -> None:
    assert phases_of(polled(n, 1.0, 1.0)) is None


def test_states_that_never_told_running_are_refused() -> None:
    seen = polled(1000, 1.0, 1.0)
    assert phases_of(Polled(seen.unfinished, seen.done, seen.unfinished, seen.done, 1.0)) is None


def test_few_jobs_leave_wide_intervals_untold() -> None:
    few, many = (phases_of(polled(n, 4.0, 2.0, pause=4.0)) for n in (LEAST, 20_000))
    assert few is not None and many is not None
    assert len(few.processing.quantiles) < 2 and len(many.processing.quantiles) == 2
