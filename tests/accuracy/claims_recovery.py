"""Recovery after a spike: against the moment at which the queue itself was empty again."""

from functools import partial

import numpy as np

from report.stats.recovery import Flow, Recovery, normal_of, recovery

from .rows import Reached, Row
from .virtual import Array, Arrivals, Jobs, open_arrivals, poll, serve, service_times

SERVERS, SERVICE, EVERY, WINDOW, RUNS = 8, 0.4, 5.0, 15.0, 30
LEVELS = ((60, 180.0), (80, 60.0), (200, 60.0), (60, 360.0))
"""12, 16, 40 and 12 jobs/s, where 20 are carried."""
DROP, END = 300.0, 660.0


def _queue_empty(jobs: Jobs, moment: float) -> float:
    """When the first job after `moment` was taken up at once: seconds after it."""
    at_once = (jobs.due >= moment) & (jobs.waited < 1e-9)
    return float(jobs.due[at_once][0] - moment) if at_once.any() else float("inf")


def _watched(kind: Arrivals, cv: float, seed: int, slower: float = 1.0) -> tuple[Recovery, float]:
    """What is said of one spike, and the truth; after the drop service takes `slower` times as long."""
    rng = np.random.default_rng(seed)
    due = open_arrivals(kind, LEVELS, EVERY, rng)
    work: Array = service_times(len(due), SERVICE, cv, rng) * np.where(due >= DROP, slower, 1.0)
    jobs = serve(due, work, SERVERS)
    seen = poll(due, jobs.finished, 0.5, rng)[1]
    flow = Flow(due, seen - due, np.zeros(len(due), dtype=np.bool_), np.sort(seen))
    normal = normal_of(flow, 30.0, 180.0)
    assert normal is not None
    return recovery(flow, normal, DROP, END, WINDOW), _queue_empty(jobs, DROP)


def _recovered(kind: Arrivals, cv: float) -> Reached:
    errors = []
    for seed in range(RUNS):
        said, truth = _watched(kind, cv, seed)
        errors.append(abs(said.seconds - truth) if said.seconds is not None else np.inf)
    middle, close = float(np.median(errors)), sum(error <= 30 for error in errors)
    return Reached(f"median {middle:.1f} s off, {close} of {RUNS} within 30 s", middle <= 15 and close >= 0.9 * RUNS)


def _never(kind: Arrivals) -> Reached:
    """Service is twice as slow from the drop on: 12 jobs/s are more than the 10 that it then carries."""
    said = sum(_watched(kind, 1.0, seed, 2.0)[0].seconds is not None for seed in range(RUNS))
    return Reached(f"{said} of {RUNS}", said == 0)


def _shifted(kind: Arrivals, slower: float) -> int:
    found = [_watched(kind, 0.5, seed, slower)[0].shift for seed in range(RUNS)]
    return sum(shift is not None and shift.lasting for shift in found)


def _none_stayed(kind: Arrivals) -> Reached:
    found = _shifted(kind, 1.0)
    return Reached(f"{found} of {RUNS}", found <= 3)


ROWS = tuple(
    row
    for kind in ("even", "poisson")
    for row in (
        *(
            Row(f"recovery after a spike, {name} service, {kind} arrivals", "median within 15 s", partial(_recovered, kind, cv))
            for cv, name in ((0.0, "constant"), (1.0, "exponential"))
        ),
        Row(f"a service that never recovers, {kind} arrivals", "0 called recovered", partial(_never, kind)),
        Row(f"nothing stays after a spike, {kind} arrivals", "≤ 10 % called a lasting shift", partial(_none_stayed, kind)),
    )
)
