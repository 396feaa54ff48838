"""When a client's jobs are due. Each client is an independent stream with a phase of its own."""

import random
from collections.abc import Iterator
from typing import Literal


def due_times(arrivals: Literal["even", "poisson"], start: float, every: float, rng: random.Random) -> Iterator[float]:
    """Endless due times from `start`, one per `every` seconds on average.

    "even" puts one arrival at a uniformly random time into each slot: a fixed phase would repeat the same
    pattern for ever. "poisson" draws exponential gaps.
    """
    slot = start
    while True:
        if arrivals == "even":
            yield slot + rng.uniform(0, every)
            slot += every
        else:
            slot += rng.expovariate(1 / every)
            yield slot
