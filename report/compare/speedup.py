"""What page 1 says of how a service scales."""

import math

from report.document.finding import Finding, Source
from report.stats.comparison import LEAST_RUNS
from report.text import number, rate, share

from .comparison import Comparison
from .runs import Measured
from .scaling import throughput_of


def scaled(comparison: Comparison, seen: Source) -> Finding:
    """The speed-up and the efficiency, or why they are not known."""
    scaling, found = comparison.scaling, comparison.speedup
    assert scaling is not None
    if found is None:
        return Finding(
            level="warning",
            subject="Speed-up",
            sentence=(
                f"How much faster the service gets from {number(scaling.a)} to {number(scaling.b)} {scaling.name} is not known: "
                "not every run shows what it can do at most, and below that jobs per second are those that are asked of it."
            ),
            remedy='Run a batch (load.shape = "batch"), or search for the capacity (load.shape = "capacity"), on both sides.',
            source=seen,
        )
    efficiency, low, high = found.efficiency
    before, after = (_middle(side, throughput_of(comparison.batch)) for side in (comparison.a, comparison.b))
    known = not math.isnan(found.low)
    return Finding(
        level="good" if known and found.low > 1 else "note",
        subject="Speed-up",
        sentence=(
            f"With {number(scaling.b)} {scaling.name} the service does {rate(after)}, with {number(scaling.a)} {rate(before)}: "
            f"{number(found.ratio)} times as much, where {number(scaling.factor)} times would be perfect. "
            f"That is an efficiency of {share(efficiency)}."
        ),
        numbers={"speed-up": found.ratio, "efficiency": efficiency, "factor": scaling.factor},
        intervals={"speed-up": (found.low, found.high), "efficiency": (low, high)} if known else {},
        evidence=(
            f"95 % interval: {number(found.low)} to {number(found.high)} times, efficiency {share(low)} to {share(high)}."
            if known
            else f"So few runs give no interval: make {LEAST_RUNS} of each or more, in turn."
        ),
        source=seen,
    )


def _middle(side: tuple[Measured, ...], name: str) -> float:
    """The geometric mean, of which the speed-up is the ratio."""
    return math.exp(sum(math.log(run.values[name]) for run in side) / len(side))
