"""Jobs in flight counted twice: from the times of all jobs, and by looking now and then. Arrays in, numbers out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .stats import Array

ALARM = 0.04
"""A difference beyond this share, and beyond what looking once a second explains, means that events were lost."""
SIGMAS = 4.0


@dataclass(frozen=True)
class Flying:
    """Mean jobs in flight over a window: `counted` from the times of the jobs, `sampled` by looking `n` times, with the standard
    error of that."""

    counted: float
    sampled: float
    error: float
    n: int

    @property
    def apart(self) -> float:
        """By how much they differ, as a share of the counted."""
        return abs(self.sampled - self.counted) / self.counted if self.counted else 0.0

    @property
    def agree(self) -> bool:
        """Whether the difference is small, or chance."""
        return self.apart <= ALARM or abs(self.sampled - self.counted) <= SIGMAS * self.error


def mean_in_flight(arrived: Array, ended: Array, start: float, end: float) -> float:
    """Σ overlap / T: the time that jobs spent within [start, end), added up, by its length (Little 1961). inf: never ended."""
    inside = np.minimum(ended, end) - np.maximum(arrived, start)
    return float(np.maximum(inside, 0.0).sum()) / (end - start)


def flying_of(arrived: Array, ended: Array, samples: Sequence[Array], start: float, end: float) -> Flying:
    """Both counts. `samples`: of each load generator, its jobs in flight as it told them from second to second."""
    error = sum(float(np.var(told, ddof=1)) / len(told) for told in samples if len(told) > 1)
    return Flying(
        counted=mean_in_flight(arrived, ended, start, end),
        sampled=sum(float(np.mean(told)) for told in samples if len(told)),
        error=float(np.sqrt(error)),
        n=min((len(told) for told in samples), default=0),
    )
