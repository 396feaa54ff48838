"""Waiting and processing times from polled states alone: against the service's own log, at polls short and long beside a job."""

from functools import cache, partial

import numpy as np

from report.stats.intervals import Interval
from report.stats.polled_states import Phases, Polled, phases_of

from .rows import Reached, Row, at_least
from .virtual import Array, open_arrivals, serve, service_times

SERVERS, EVERY, SERVICE, LOAD = 4, 5.0, 1.0, 0.8
JOBS = 12_000
RUNS = 10
PAUSES = (0.1, 0.5, 1.0, 2.0)
"""Pauses between two polls, as multiples of the mean processing time."""
ALLOWED = {0.5: 0.05, 0.95: 0.10}
"""How far a quantile may be from the truth, as a share of it."""


def _cell(t: Array, accepted: Array, first: Array, period: float) -> tuple[Array, Array]:
    """Between which polls each moment lies, counted from the acceptance: sent of the last before it, reply of the next."""
    missed = np.maximum(0, np.ceil((t - first) / period))
    before = np.where(missed > 0, first + (missed - 1) * period, accepted)
    return before - accepted, first + missed * period - accepted


@cache
def _seen(pause: float, cv: float, seed: int, jobs: int) -> tuple[Phases | None, Array, Array]:
    """What polling tells of one run, and the true waiting and processing times."""
    rng = np.random.default_rng(seed)
    rate = LOAD * SERVERS / SERVICE
    clients = round(rate * EVERY)
    due = open_arrivals("poisson", [(clients, 1.1 * jobs / rate)], EVERY, rng)[:jobs]
    done = serve(due, service_times(jobs, SERVICE, cv, rng), SERVERS)
    first = due + rng.uniform(0, pause, jobs)
    waiting, begun = _cell(done.started, due, first, pause)
    unfinished, ended = _cell(done.finished, due, first, pause)
    return phases_of(Polled(waiting, begun, unfinished, ended, pause)), done.waited, done.finished - done.started


def _told(pause: float, cv: float) -> list[tuple[float, Interval, float]]:
    """(probability, what was told, the truth) of every quantile told in all runs."""
    found = []
    for seed in range(RUNS):
        phases, waited, worked = _seen(pause, cv, seed, JOBS)
        assert phases is not None
        for time, truth in ((phases.waiting, waited), (phases.processing, worked)):
            found += [(p, interval, float(np.quantile(truth, p))) for p, interval in time.quantiles.items()]
    return found


def _accurate(pause: float, cv: float) -> Reached:
    told = _told(pause, cv)
    worst = {p: max((abs(i.value - true) / max(true, pause) for q, i, true in told if q == p), default=0.0) for p in ALLOWED}
    counted = {p: sum(q == p for q, *_ in told) for p in ALLOWED}
    said = ", ".join(f"p{100 * p:.0f} ± {worst[p]:.1%} ({counted[p]} told)" for p in ALLOWED)
    return Reached(said, all(worst[p] <= allowed for p, allowed in ALLOWED.items()) and sum(counted.values()) >= RUNS)


def _covered() -> Reached:
    told = [one for pause in PAUSES for cv in (0.5, 1.0) for one in _told(pause, cv)]
    return at_least(sum(interval.low <= true <= interval.high for _, interval, true in told), len(told), 0.95)


def _refused() -> Reached:
    """Jobs that all take as long: how far the slowest are from the median can't be seen through pauses as long as a job."""
    phases = [_seen(pause, 0.0, seed, 3000)[0] for pause in (1.0, 2.0) for seed in range(5)]
    wrong = sum(one is not None and 0.95 in one.processing.quantiles for one in phases)
    return Reached(f"{wrong} of {len(phases)} told", wrong == 0)


ROWS = (
    *(
        Row(f"waiting and processing by polled states, a poll each {pause:g} of a job's {what} time", "median within 5 %, p95 within 10 %",
            partial(_accurate, pause, cv)) for pause in PAUSES for cv, what in ((0.5, "gamma"), (1.0, "exponential"))
    ),
    Row("intervals of waiting and processing by polled states", "≥ 95 of 100 hold the truth", _covered),
    Row("p95 of equal processing times, a poll each 1 or 2 of them", "refused", _refused),
)  # fmt: skip
