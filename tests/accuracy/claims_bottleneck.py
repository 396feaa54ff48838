"""Bottleneck: what made a step slower than one before it, where what did is known."""

from functools import partial

import numpy as np

from report.stats.bottleneck import Lost, Parts, Where, lost_between

from .rows import Reached, Row, at_least, at_most
from .virtual import Arrivals, open_arrivals, serve, service_times

SERVERS, SERVICE, EVERY, WARM_UP, HOLD, RUNS = 8, 0.4, 5.0, 15.0, 60.0, 100


def _parts(kind: Arrivals, load: float, slower: float, hold: float, rng: np.random.Generator) -> Parts:
    """A step of exponential jobs that offers so much of the capacity, in which a job takes `slower` times as long."""
    due = open_arrivals(kind, [(round(load * SERVERS / SERVICE * EVERY), WARM_UP + hold)], EVERY, rng)
    jobs = serve(due, service_times(len(due), SERVICE * slower, 1.0, rng), SERVERS)
    held = due >= WARM_UP
    return Parts(jobs.waited[held], (jobs.finished - jobs.started)[held])


def _lost(kind: Arrivals, loads: tuple[float, float], slower: float, seed: int, hold: float = HOLD) -> Lost:
    rng = np.random.default_rng(seed)
    lost = lost_between(_parts(kind, loads[0], 1.0, hold, rng), _parts(kind, loads[1], slower, hold, rng))
    assert lost is not None
    return lost


def _named(kind: Arrivals, where: Where, loads: tuple[float, float], slower: float = 1.0) -> int:
    return sum(_lost(kind, loads, slower, seed).where == where for seed in range(RUNS))


def _queue(kind: Arrivals) -> Reached:
    return at_least(_named(kind, "queue", (0.5, 1.2)), RUNS, 0.95)


def _processing(kind: Arrivals) -> Reached:
    return at_least(_named(kind, "processing", (0.5, 0.7), 1.6), RUNS, 0.95)


def _alike(kind: Arrivals) -> Reached:
    return at_most(RUNS - _named(kind, "nowhere", (0.8, 0.8)), RUNS, 0.1)


def _covers_processing(kind: Arrivals) -> Reached:
    found = [_lost(kind, (0.5, 0.7), 1.2, seed).processing for seed in range(RUNS)]
    return at_least(sum(ratio.low <= 1.2 <= ratio.high for ratio in found), RUNS, 0.9)


def _covers_waits(kind: Arrivals) -> Reached:
    """Truth: an hour of each."""
    truth = _lost(kind, (0.5, 0.8), 1.0, RUNS, hold=3600.0).queue.value
    found = [_lost(kind, (0.5, 0.8), 1.0, seed, hold=180.0).queue for seed in range(RUNS)]
    return at_least(sum(ratio.low <= truth <= ratio.high for ratio in found), RUNS, 0.85)


ROWS = tuple(
    row
    for kind in ("even", "poisson")
    for row in (
        Row(f"bottleneck: overload, exponential jobs, {kind} arrivals", "queue named in ≥ 95 of 100", partial(_queue, kind)),
        Row(f"bottleneck: jobs take 1.6 times as long, {kind} arrivals", "processing named in ≥ 95 of 100",
            partial(_processing, kind)),
        Row(f"bottleneck: two steps alike, 0.8 of the capacity, {kind} arrivals", "≤ 10 of 100 named", partial(_alike, kind)),
        Row(f"bottleneck: ratio of the processing times, 1.2 times, {kind} arrivals", "interval covers ≥ 90 of 100",
            partial(_covers_processing, kind)),
        Row(f"bottleneck: ratio of the waits, 0.5 and 0.8 of the capacity, {kind} arrivals", "interval covers ≥ 85 of 100",
            partial(_covers_waits, kind)),
    )
)  # fmt: skip
