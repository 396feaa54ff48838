"""A stall of 10 s in 120 s: what users would have felt, and what clients see that wait for each reply before they go on."""

from functools import partial

import numpy as np

from report.stats.quantiles import quantile

from .rows import Reached, Row
from .virtual import Arrivals, closed, open_arrivals, serve

CLIENTS, EVERY, SECONDS, STALL, SERVICE, SERVERS = 50, 1.0, 120.0, (60.0, 70.0), 0.02, 500
TRUE_P99 = 8.8
"""A twelfth of the arrivals falls into the stall and waits for its end, evenly between 0 and 10 s: 1 % waits for longer."""


def _from_due(kind: Arrivals) -> Reached:
    worst = 0.0
    for seed in range(10):
        due = open_arrivals(kind, [(CLIENTS, SECONDS)], EVERY, np.random.default_rng(seed))
        jobs = serve(due, np.full(len(due), SERVICE), SERVERS, [STALL])
        worst = max(worst, abs(quantile(jobs.response, 0.99) / TRUE_P99 - 1))
    return Reached(f"within {worst:.1%}", worst <= 0.05)


def _closed_loop() -> Reached:
    """What reads 20 ms is no fault of the arithmetic: such clients ask nothing while they wait, so few requests saw the stall."""
    free = closed("think", "even", CLIENTS, EVERY, STALL[0], np.full(9000, SERVICE), SERVERS, np.random.default_rng(1))
    again = closed("think", "even", CLIENTS, EVERY, SECONDS - STALL[1], np.full(9000, SERVICE), SERVERS, np.random.default_rng(2))
    waited = np.linspace(STALL[1] - STALL[0] - EVERY, STALL[1] - STALL[0], CLIENTS)
    p99 = quantile(np.concatenate([free.response, waited, again.response]), 0.99)
    return Reached(f"{p99:.2f} s", p99 < 0.03)


ROWS = (
    *(
        Row(f"p99 from the due time over a stall, {kind} arrivals", "within 5 % of 8.8 s", partial(_from_due, kind))
        for kind in ("even", "poisson")
    ),
    Row("p99 of clients that wait, over the same stall", "0.02 s, which is why it isn't used", _closed_loop),
)
