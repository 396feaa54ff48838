"""The simulator itself, against what theory and plain counting say."""

import numpy as np
import pytest

from .virtual import closed, open_arrivals, poll, serve, service_times


@pytest.mark.parametrize("kind", ["even", "poisson"])
def test_arrivals_come_at_the_offered_rate_of_each_level(kind: str) -> None:
    due = open_arrivals(kind, [(40, 500.0), (80, 500.0)], 5.0, np.random.default_rng(1))  # type: ignore[arg-type]
    assert np.all(np.diff(due) >= 0)
    assert np.count_nonzero(due < 500) == pytest.approx(4000, rel=0.05)
    assert np.count_nonzero(due >= 500) == pytest.approx(8000, rel=0.05)


def test_even_arrivals_are_steadier_than_poisson_ones() -> None:
    def spread(kind: str) -> float:
        due = open_arrivals(kind, [(20, 5000.0)], 5.0, np.random.default_rng(2))  # type: ignore[arg-type]
        return float(np.var(np.bincount((due // 5).astype(int))))

    assert spread("even") < 0.6 * spread("poisson")


def test_one_server_queues_as_theory_says() -> None:
    """M/M/1 at 0.7: the mean wait is ρ/(1 − ρ) service times."""
    rng = np.random.default_rng(3)
    due = open_arrivals("poisson", [(70, 20_000.0)], 100.0, rng)
    jobs = serve(due, service_times(len(due), 1.0, 1.0, rng), 1)
    assert jobs.waited.mean() == pytest.approx(0.7 / 0.3, rel=0.1)


def test_deterministic_servers_complete_at_their_capacity() -> None:
    due = np.arange(0, 100, 0.1)
    jobs = serve(due, np.full(len(due), 1.0), 4)
    assert np.count_nonzero(jobs.finished <= 100) == pytest.approx(396, abs=4)
    assert np.all(jobs.started >= jobs.due)


def test_nothing_starts_in_a_stall() -> None:
    jobs = serve(np.arange(0, 30, 0.5), np.full(60, 0.1), 4, stalls=[(10, 20)])
    assert not np.any((jobs.started >= 10) & (jobs.started < 20))
    assert np.count_nonzero(jobs.started == 20) >= 4


@pytest.mark.parametrize(("mode", "kind"), [("paced", "even"), ("paced", "poisson"), ("think", "even")])
def test_closed_clients_have_one_job_at_a_time(mode: str, kind: str) -> None:
    rng = np.random.default_rng(4)
    jobs = closed(mode, kind, 10, 5.0, 600.0, np.full(3000, 2.0), 2, rng)  # type: ignore[arg-type]
    moments = np.linspace(10, 590, 500)
    flying = np.searchsorted(jobs.due, moments, "right") - np.searchsorted(np.sort(jobs.finished), moments, "right")
    assert flying.max() <= 10
    assert len(jobs.due) / 600 == pytest.approx(1.0, rel=0.05), "two servers of 2 s each carry 1/s"


def test_paced_clients_without_a_queue_arrive_as_theory_says() -> None:
    """Random gaps have no memory: a round is the job and a gap. One arrival in each slot: none is missed by jobs that take no time."""
    rng = np.random.default_rng(6)
    random = closed("paced", "poisson", 100, 5.0, 2000.0, np.full(50_000, 2.0), 100, rng)
    assert len(random.due) == pytest.approx(100 * 2000 / (5.0 + 2.0), rel=0.03)
    even = closed("paced", "even", 100, 5.0, 2000.0, np.full(50_000, 1e-9), 100, rng)
    assert len(even.due) == pytest.approx(100 * 2000 / 5.0, rel=0.01)


def test_polling_brackets_the_truth() -> None:
    rng = np.random.default_rng(5)
    accepted = rng.uniform(0, 100, 1000)
    finished = accepted + rng.exponential(1.5, 1000)
    after, before = poll(accepted, finished, 1.0, rng, reply=0.002)
    assert np.all(after <= finished + 0.001)
    assert np.all(finished <= before)
    assert np.all(before - after <= 1.0 + 0.005)
