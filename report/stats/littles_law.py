"""Jobs in flight counted twice: from the times of all jobs, and by looking now and then. Arrays in, numbers out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .quantiles import Array, in_flight

ALARM = 0.04
"""A difference beyond this share means that events were lost."""


class GeneratorCounts(NamedTuple):
    """One load generator: its jobs' sorted times of arrival and end (inf: never), and how many it said were in flight when."""

    arrived: Array
    ended: Array
    moments: Array
    jobs: Array


@dataclass(frozen=True)
class Flying:
    """Mean jobs in flight: `mean` over all of the time by the times of the jobs; at the moments of the samples `counted` by the
    same times, and `sampled` as the generators told. Looking at the same moments leaves no chance between the two."""

    mean: float
    counted: float
    sampled: float

    @property
    def apart(self) -> float:
        """By how much the two counts differ, as a share of the larger."""
        largest = max(self.counted, self.sampled)
        return abs(self.sampled - self.counted) / largest if largest else 0.0

    @property
    def agree(self) -> bool:
        """Whether nothing seems lost: the difference is small, or less than half a job."""
        return self.apart <= ALARM or abs(self.sampled - self.counted) < 0.5


def mean_in_flight(arrived: Array, ended: Array, start: float, end: float) -> float:
    """Σ overlap / T: the time that jobs spent within [start, end), added up, by its length (Little 1961)."""
    inside = np.minimum(ended, end) - np.maximum(arrived, start)
    return float(np.maximum(inside, 0.0).sum()) / (end - start)


def flying_of(told: Iterable[GeneratorCounts], start: float, end: float) -> Flying:
    """Both counts over [start, end), of all generators together."""
    mean = counted = sampled = 0.0
    for each in told:
        # Each end's rank doesn't matter to a sum of overlaps, so sorted times will do.
        mean += mean_in_flight(each.arrived, each.ended, start, end)
        counted += float(in_flight(each.arrived, each.ended, each.moments).mean())
        sampled += float(each.jobs.mean())
    return Flying(mean, counted, sampled)
