"""Batches and tenants: is the longest wait what the polls say, and do fairness figures tell an unfair service from chance?"""

import numpy as np

from report.stats.fairness import ALIKE, Bounds, chance_of, evenness, fairness, longest, served_worst
from report.stats.intervals import Held, Interval

from .rows import Reached, Row, at_least, at_most
from .virtual import Array, Jobs, open_arrivals, poll, serve, service_times

RUNS = 200
SERVERS, JOBS, TENANTS = 8, 910, 4
UNLIKE = (100, 750, 50, 10)
"""Jobs of four tenants, 910 in all."""
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


def _batch_tenants(seed: int, slow: float) -> list[Held]:
    """Four tenants of 250 jobs each, of whom the first's wait `slow` times as long."""
    done, _ = batch(seed, 250 * TENANTS, 0.1)
    return _shared_out(done.response, slow, np.random.default_rng(seed))


def _shared_out(times: Array, slow: float, rng: np.random.Generator) -> list[Held]:
    whose = rng.permutation(np.arange(len(times)) % TENANTS)
    times, sections = np.where(whose == 0, times * slow, times), np.arange(len(times)) * 10 // len(times)
    return [Held(times[whose == tenant], sections[whose == tenant]) for tenant in range(TENANTS)]


def _called(verdict: str, slow: float) -> int:
    return sum(fairness(evenness(_batch_tenants(seed, slow))) == verdict for seed in range(RUNS))


def _fair() -> Reached:
    return at_most(_called("uneven", 1.0), RUNS, 0.0)


def _unfair() -> Reached:
    return at_least(_called("uneven", 2.0), RUNS, 0.9)


def _steady_tenants(seed: int, slow: float, jobs: int) -> list[Held]:
    """Four tenants of so many jobs each, at 0.7 of the capacity, of whom the first's take `slow` times as long."""
    rng = np.random.default_rng(seed)
    rate = 0.7 * SERVERS / SERVICE
    due = open_arrivals("even", [(round(rate * 5), jobs * TENANTS / rate + 20)], 5.0, rng)
    done = serve(due, service_times(len(due), SERVICE, 1.0, rng), SERVERS)
    return _shared_out(done.response[due >= 20], slow, rng)


def _named(tenants: list[Held]) -> tuple[str, Interval]:
    worst = served_worst({str(number): held for number, held in enumerate(tenants)})
    assert worst is not None
    return worst


def _worse_by_chance() -> Reached:
    return at_most(sum(_named(_steady_tenants(seed, 1.0, 250))[1].low > 1 for seed in range(RUNS)), RUNS, 0.05)


def _covers_ratio() -> Reached:
    truth = _named(_steady_tenants(RUNS, 2.0, 50_000))[1].value
    found = [_named(_steady_tenants(seed, 2.0, 250))[1] for seed in range(RUNS)]
    return at_least(sum(ratio.low <= truth <= ratio.high for ratio in found), RUNS, 0.9)


def _covers_index() -> Reached:
    truth = evenness(_steady_tenants(RUNS, 2.0, 50_000)).value
    found = [evenness(_steady_tenants(seed, 2.0, 250)) for seed in range(RUNS)]
    return at_least(sum(index.low <= truth <= index.high for index in found), RUNS, 0.9)


def _ranked_apart(slow: float) -> int:
    """Batches of tenants UNLIKE in size, the third of whom wait `slow` times as long, that are called not served alike."""
    found = 0
    for seed in range(RUNS):
        done, _ = batch(seed, work=0.1)
        whose = np.random.default_rng(seed).permutation(np.repeat(np.arange(TENANTS), UNLIKE))
        times = np.where(whose == 2, done.response * slow, done.response)
        found += chance_of([times[whose == tenant] for tenant in range(TENANTS)]) < ALIKE
    return found


def _alike_by_rank() -> Reached:
    return at_most(_ranked_apart(1.0), RUNS, ALIKE)


def _apart_by_rank() -> Reached:
    return at_least(_ranked_apart(2.0), RUNS, 0.9)


ROWS = (
    Row("longest wait of a batch of 910 jobs, polled each second", "within its bounds in 200 of 200", _bounds_hold),
    Row("a limit within 3 s of the longest wait", "0 of 200 judged wrongly", _never_wrong),
    Row("a limit within 3 s of the longest wait", "≤ 25 % undecided", _decided),
    Row("four tenants served alike, 250 jobs each", "0 of 200 called uneven", _fair),
    Row("one of four tenants waits twice as long, 250 jobs each", "≥ 90 % called uneven", _unfair),
    Row("four tenants served alike, 250 jobs each, 0.7 of the capacity", "≤ 5 % called served worse", _worse_by_chance),
    Row("worst p95 to the median tenant's, truly twice, 250 jobs each", "interval covers ≥ 90 of 100", _covers_ratio),
    Row("tenants of 100, 750, 50 and 10 jobs served alike", "≤ 1 % called not served alike", _alike_by_rank),
    Row("of these, the one with 50 jobs waits twice as long", "≥ 90 % called not served alike", _apart_by_rank),
    Row("Jain's index, one of four tenants twice as slow, 250 jobs each", "interval covers ≥ 90 of 100", _covers_index),
)
