"""How much faster a service gets with more of something: speed-up and efficiency, each with its interval."""

from dataclasses import dataclass

from .comparison import ALPHA
from .quantiles import Array
from .ratios import Side, welch

LEAST_RUNS = 3
"""Fewer runs a side tell too little of how much runs differ for an interval: of two, Welch's may reach from nothing to a
million times as much."""


@dataclass(frozen=True)
class Speedup:
    """`ratio` of the throughput of side B to that of side A, with its 95 % interval (NaN where there are too few runs), where B
    has `factor` times as much of what is scaled."""

    ratio: float
    low: float
    high: float
    factor: float

    @property
    def efficiency(self) -> tuple[float, float, float]:
        """The share of the perfect speed-up that was reached, and its interval."""
        return self.ratio / self.factor, self.low / self.factor, self.high / self.factor


def speedup(a: Side, b: Side, factor: float) -> Speedup:
    """Of throughputs, a value a run, found by Welch's t on logarithms. One question, so one interval at 95 %."""
    ratio, low, high, _ = welch(a, b, 1 - ALPHA)
    if enough(a.parts, b.parts):
        return Speedup(ratio, low, high, factor)
    return Speedup(ratio, float("nan"), float("nan"), factor)


def enough(a: Array, b: Array) -> bool:
    """Whether both sides have the runs for an interval."""
    return min(len(a), len(b)) >= LEAST_RUNS
