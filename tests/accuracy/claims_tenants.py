"""Batches and tenants: is the longest wait what the polls say, and do fairness figures tell an unfair service from chance?"""

import numpy as np

from report.stats_fairness import FAIR, Bounds, jain, longest

from .rows import Reached, Row, at_least, at_most
from .virtual import Jobs, poll, serve, service_times

RUNS = 200
SERVERS, JOBS, TENANTS = 8, 910, 4
SERVICE, POLL = 0.5, 1.0


def batch(seed: int, jobs: int = JOBS, work: float = SERVICE) -> tuple[Jobs, Bounds]:
    """A batch submitted within a second, worked off in order, and how the polls bound its longest wait."""
    rng = np.random.default_rng(seed)
    due = np.sort(rng.uniform(0, 1, jobs))
    done = serve(due, service_times(jobs, work, 1.0, rng), SERVERS)
    after, before = poll(due, done.finished, POLL, rng, reply=0.002)
    return done, longest(due, after, before)


def _bounds_hold() -> Reached:
    held = 0
    for seed in range(RUNS):
        done, bounds = batch(seed)
        held += bool(bounds.least <= done.response.max() <= bounds.most)
    return at_least(held, RUNS, 1.0)


def _limits() -> tuple[int, int]:
    """Limits all around the truth: (judged wrongly, undecided) of RUNS."""
    wrong = undecided = 0
    for seed in range(RUNS):
        done, bounds = batch(seed)
        truth = float(done.response.max())
        limit = truth + float(np.random.default_rng(seed).uniform(-3, 3))
        said = bounds.below(limit)
        undecided += said == "undecided"
        wrong += said == ("no" if truth < limit else "yes")
    return wrong, undecided


def _never_wrong() -> Reached:
    return at_most(_limits()[0], RUNS, 0.0)


def _decided() -> Reached:
    """A limit within 3 s of the truth is within a poll of it in one of six cases or so."""
    return at_most(_limits()[1], RUNS, 0.25)


def _index(seed: int, slow: float) -> float:
    """Jain's index of four tenants of 250 jobs each, of whom the first's wait `slow` times as long."""
    rng = np.random.default_rng(seed)
    done, _ = batch(seed, 250 * TENANTS, 0.1)
    whose = rng.permutation(np.arange(len(done.due)) % TENANTS)
    means = np.array([done.response[whose == tenant].mean() for tenant in range(TENANTS)])
    means[0] *= slow
    return jain(means)


def _fair() -> Reached:
    return at_most(sum(_index(seed, 1.0) < FAIR for seed in range(RUNS)), RUNS, 0.0)


def _unfair() -> Reached:
    return at_least(sum(_index(seed, 2.0) < FAIR for seed in range(RUNS)), RUNS, 0.99)


ROWS = (
    Row("longest wait of a batch of 910 jobs, polled each second", "within its bounds in 200 of 200", _bounds_hold),
    Row("a limit within 3 s of the longest wait", "0 of 200 judged wrongly", _never_wrong),
    Row("a limit within 3 s of the longest wait", "≤ 25 % undecided", _decided),
    Row("four tenants served alike, 250 jobs each", "0 of 200 called uneven", _fair),
    Row("one of four tenants waits twice as long, 250 jobs each", "≥ 99 % called uneven", _unfair),
)
