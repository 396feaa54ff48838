"""How often a 95 % interval covers the truth: throughput by batch means, quantiles by sectioning. Eight servers, 0.5 s a job."""

from functools import partial
from typing import NamedTuple

import numpy as np

from report.stats.intervals import Held, Interval, quantile_intervals, rate_interval, sections_of

from .rows import Reached, Row, at_least, at_most
from .virtual import Arrivals, Jobs, open_arrivals, serve, service_times

SERVERS, SERVICE, EVERY, SETTLE, HOLD = 8, 0.5, 5.0, 30.0, 180.0
RUNS = 100
LONG = 10_000.0
"""Seconds of the run that tells the true quantiles: 144,000 jobs."""


class Load(NamedTuple):
    """Arrivals, as a share of the capacity."""

    kind: Arrivals
    utilisation: float

    @property
    def clients(self) -> int:
        """How many clients make that load."""
        return round(self.utilisation * SERVERS / SERVICE * EVERY)

    def run(self, seconds: float, seed: int) -> Jobs:
        """The jobs of one run."""
        rng = np.random.default_rng(seed)
        due = open_arrivals(self.kind, [(self.clients, SETTLE + seconds)], EVERY, rng)
        return serve(due, service_times(len(due), SERVICE, 1.0, rng), SERVERS)


def _covers(interval: Interval, truth: float) -> bool:
    return bool(interval.low <= truth <= interval.high)


def _rate(load: Load, truth: float) -> Reached:
    def interval(seed: int) -> Interval:
        return rate_interval(np.sort(load.run(HOLD, seed).finished), SETTLE, SETTLE + HOLD)

    return at_least(sum(_covers(interval(seed), truth) for seed in range(RUNS)), RUNS, 0.93)


def _quantiles(load: Load, p: float) -> list[Interval]:
    found = []
    for seed in range(RUNS):
        jobs = load.run(HOLD, seed)
        inside = jobs.due >= SETTLE
        held = Held(jobs.response[inside], sections_of(jobs.due[inside], SETTLE, SETTLE + HOLD))
        found.append(quantile_intervals([held], (p,))[p])
    return found


def _covered(load: Load, p: float) -> Reached:
    jobs = load.run(LONG, 10_000)
    truth = float(np.quantile(jobs.response[jobs.due > SETTLE], p))
    given = [interval for interval in _quantiles(load, p) if interval.known]
    reached = at_least(sum(_covers(interval, truth) for interval in given), len(given), 0.9)
    return Reached(f"{reached.value}, given in {len(given)} of {RUNS} runs", reached.passed and len(given) > RUNS // 2)


def _refused(load: Load, p: float) -> Reached:
    return at_most(sum(interval.known for interval in _quantiles(load, p)), RUNS, 0.1)


def _rows(kind: Arrivals) -> tuple[Row, ...]:
    def title(what: str, load: Load) -> str:
        return f"{what}, {load.utilisation:g} of the capacity, {kind} arrivals"

    half, most, near, beyond = (Load(kind, share) for share in (0.5, 0.7, 0.9, 1.2))
    return (
        Row(title("throughput interval", most), "covers in ≥ 93 of 100", partial(_rate, most, most.clients / EVERY)),
        Row(title("throughput interval", beyond), "covers in ≥ 93 of 100", partial(_rate, beyond, SERVERS / SERVICE)),
        *(
            Row(title(f"p{p * 100:.0f} interval", load), "covers in ≥ 90 of 100", partial(_covered, load, p))
            for load in (half, most) for p in (0.5, 0.95)
        ),
        Row(title("p95 interval", near), "given in ≤ 10 of 100", partial(_refused, near, 0.95)),
    )  # fmt: skip


ROWS = (*_rows("even"), *_rows("poisson"))
