"""Is a generator that is kept from its work found out, and a healthy one left alone? One minute of a step, in virtual time."""

from functools import partial

import numpy as np

from report.stats.generator_health import LATE, Allowed, Fault, faults, lag_allowed

from .rows import Reached, Row
from .virtual import Array, Arrivals, open_arrivals

RUNS, HOLD, EVERY, CLIENTS = 100, 60.0, 5.0, 50
BEAT = 0.05
"""Seconds between two heartbeats."""
MEDIAN = 0.01
"""Response time of the service, in seconds."""


def _pauses(rng: np.random.Generator) -> tuple[Array, Array]:
    """When the generator is stopped (0.1 to 0.4 s) and let go again (for 0.3 to 3 s); as long as that in every run."""
    stopped, runs = rng.uniform(0.1, 0.4), rng.uniform(0.3, 3.0)
    starts = np.arange(rng.uniform(0, runs), HOLD, stopped + runs)
    return starts, starts + stopped


def _delayed(times: Array, starts: Array, ends: Array) -> Array:
    """By how much what was to happen at `times` is late: until the end of the pause that it falls into."""
    at = np.searchsorted(starts, times, side="right") - 1
    return np.where(at >= 0, np.maximum(0.0, ends[np.maximum(at, 0)] - times), 0.0)


def _judged(kind: Arrivals, throttled: bool, seed: int) -> tuple[Fault, ...]:
    rng = np.random.default_rng(seed)
    starts, ends = _pauses(rng) if throttled else (np.array([HOLD]), np.array([HOLD]))
    beats, due = np.arange(0, HOLD, BEAT), open_arrivals(kind, [(CLIENTS, HOLD)], EVERY, rng)
    lag, late = (_delayed(times, starts, ends) + rng.exponential(0.001, len(times)) for times in (beats, due))
    lagging = int((lag > lag_allowed(Allowed(), MEDIAN)).sum())
    return faults(Allowed(), 0.3, lagging, len(beats), int((late > LATE).sum()), len(due))


def _found(kind: Arrivals, throttled: bool) -> Reached:
    found = sum(bool(_judged(kind, throttled, seed)) for seed in range(RUNS))
    return Reached(f"{found} of {RUNS}", found == (RUNS if throttled else 0))


ROWS = tuple(
    row
    for kind in ("even", "poisson")
    for row in (
        Row(f"a throttled generator, {kind} arrivals", "step invalidated in 100 of 100", partial(_found, kind, True)),
        Row(f"a healthy generator, {kind} arrivals", "step invalidated in 0 of 100", partial(_found, kind, False)),
    )
)
