"""Scaling: B has more of something than A, and the question is how much faster that makes it."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from profiles import UserError
from report.stats.comparison import Speedup, runs, speedup
from report.stats.ratios import Side

from .runs import CAPACITY, Measured

BATCH_RATE = "completed_rate(job)"
"""In a batch: completed jobs by the time from the first submit to the end of the last."""


@dataclass(frozen=True)
class Scaling:
    """What there is `a` of in the runs A and `b` of in B."""

    name: str
    a: float
    b: float

    @property
    def factor(self) -> float:
        """How many times as much B has."""
        return self.b / self.a


def read_scaling(text: str) -> Scaling:
    """NAME=A,B as in workers=1,10. Raises UserError."""
    match = re.fullmatch(r"\s*([\w -]+?)\s*=\s*([\d.]+)\s*,\s*([\d.]+)\s*", text)
    try:
        found = Scaling(match[1], float(match[2]), float(match[3])) if match else None
    except ValueError:
        found = None
    if found is None or found.a <= 0 or found.b <= found.a:
        raise UserError(f"compare: --scaling {text!r}: write NAME=A,B, where B has more of it than A, as in workers=1,10")
    return found


def throughput_of(batch: bool) -> str:
    """The metric that says how fast a service can go. Under a load of its own pace, jobs per second are what is asked of it."""
    return BATCH_RATE if batch else CAPACITY


def sped_up(scaling: Scaling, a: Sequence[Measured], b: Sequence[Measured], batch: bool) -> Speedup | None:
    """The speed-up; None where a run shows no throughput that is the service's own."""
    sides = [_throughputs(side, throughput_of(batch)) for side in (a, b)]
    return speedup(sides[0], sides[1], scaling.factor) if sides[0] and sides[1] else None


def _throughputs(side: Sequence[Measured], name: str) -> Side | None:
    values = np.array([run.values.get(name, math.nan) for run in side])
    return runs(values) if np.all(values > 0) else None
