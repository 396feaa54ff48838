"""Was the load generator itself the bottleneck? Numbers in, faults out; times in seconds, CPU in cores, shares 0 … 1.

A generator that lags sends late and reads replies late, and books both as the target's. How much is too much: a fixed
lag, or a tenth of the time that is measured where that is longer. The thresholds are rules of thumb; what they catch is
tested with generators that are really throttled.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .quantiles import Array, quantile

Fault = Literal["cpu", "lag", "late", "descriptors", "ports", "lost"]

LATE = 0.1
"""A submit sent more than so many seconds after it was due is late."""
CPU = 0.8
"""A step is not valid where a generator used more than this of a core on average."""
LAG = 0.02
"""Seconds: nor where the 99th percentile of its lag is longer."""
LATE_SHARE = 0.01
"""Nor where it sent more than this share of its submits late."""
LAGGING = 0.01
"""The share of heartbeats that lies above the 99th percentile."""
CPU_HIGH = 0.6
"""A generator that used more than this of a core came near its limits: the step is valid, with a reservation."""
LAG_HIGH = 0.01
"""Seconds: so did one whose 99th percentile of the lag is longer."""
LAG_SHARE = 0.1
"""A lag up to this share of the median service time is allowed, however long."""


@dataclass(frozen=True)
class Allowed:
    """What a generator may do in a step that is valid: see CPU, LAG, LATE_SHARE."""

    cpu: float = CPU
    lag: float = LAG
    late: float = LATE_SHARE


def lag_p99(slow: Array, beats: int) -> float:
    """The 99th percentile (type 7) of the lag of `beats` heartbeats, of which the `slow` ones were recorded.

    Exact where it lies among the recorded ones; 0 where it doesn't (it is below what is recorded), NaN without beats.
    """
    if not beats:
        return math.nan
    return quantile(np.concatenate([np.zeros(max(0, beats - len(slow))), slow]), 0.99)


def lag_allowed(bounds: Allowed, median: float) -> float:
    """The lag that a step with this median service time allows (NaN: not known)."""
    return max(bounds.lag, LAG_SHARE * median) if median == median else bounds.lag


def too_many(late: int, of: int, allowed: float) -> bool:
    """Whether more were late than this share, and than chance explains (two standard deviations)."""
    expected = of * allowed
    return late > expected + 2 * float(np.sqrt(expected))


def faults(bounds: Allowed, cpu: float, lagging: int, beats: int, late: int, sent: int) -> tuple[Fault, ...]:
    """What a generator did in a step that makes it not valid: `lagging` of its `beats` were later than `lag_allowed`, `late` of
    the submits `sent` than LATE. In a few beats one late one is no percentile. A CPU that is not known (NaN) is no fault."""
    found: list[tuple[Fault, bool]] = [
        ("cpu", cpu > bounds.cpu),
        ("lag", too_many(lagging, beats, LAGGING)),
        ("late", too_many(late, sent, bounds.late)),
    ]
    return tuple(fault for fault, true in found if true)


def is_near(cpu: float, lag: float) -> bool:
    """Whether a generator came near its limits."""
    return cpu > CPU_HIGH or lag > LAG_HIGH
