"""Did the service keep up with a step? Judged on jobs in flight, at loads that it can and can't carry."""

from functools import partial

import numpy as np

from report.stats import backlog, judged_part

from .rows import Reached, Row, at_most
from .virtual import Arrivals, open_arrivals, serve, service_times

SERVERS, SERVICE, EVERY, HOLD = 8, 2.0, 5.0, 180.0
RUNS = 100


def _grew(kind: Arrivals, utilisation: float, seed: int) -> bool:
    """One hold after a ramp's worth of load below it: does the backlog grow by more than chance explains?"""
    rng = np.random.default_rng(seed)
    clients = round(utilisation * SERVERS / SERVICE * EVERY)
    due = open_arrivals(kind, [(clients, 60.0 + HOLD)], EVERY, rng)
    jobs = serve(due, service_times(len(due), SERVICE, 1.0, rng), SERVERS)
    return backlog(due, np.sort(jobs.finished), *judged_part(60.0, 60.0 + HOLD)).grows


def _healthy(kind: Arrivals) -> Reached:
    return at_most(sum(_grew(kind, 0.8, seed) for seed in range(RUNS)), RUNS, 0.01)


ROWS = tuple(
    Row(f"growth at a utilisation of 0.8, {kind} arrivals", "≤ 1 of 100 called overloaded", partial(_healthy, kind))
    for kind in ("even", "poisson")
)
