"""Where jobs lost time under more load: in the queue, or while they ran. Arrays in, ratios out; times in seconds.

Jobs of one step depend on each other, so ten parts of each step say how sure a mean is, not its single jobs.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from .intervals import Interval
from .quantiles import Array
from .ratios import SECTIONS, Side, welch

LONGER = 1.25
"""What takes at least so many times as long as before has got slower: a rule of thumb."""
LEAST = 50
"""Jobs with timestamps that a step must have for its times to be compared."""
SHORTEST = 0.001
"""Seconds: a shorter mean counts as this, since services tell times in milliseconds, and nothing has a ratio to zero."""
NO_WAIT = 0.05
"""A mean wait of less than this share of the processing time counts as this share: so short a wait is noise, and dividing by it
would make any later wait look huge."""

Where = Literal["processing", "queue", "unclear", "nowhere"]


class Parts(NamedTuple):
    """Times of the same jobs, in the order in which these were due."""

    queue: Array
    processing: Array


@dataclass(frozen=True)
class Lost:
    """How many times as long jobs waited (`queue`) and ran (`processing`) on average as before, with 95 % intervals.
    `barely_waited`: before, jobs waited so shortly that the first ratio is a lower bound."""

    queue: Interval
    processing: Interval
    barely_waited: bool

    @property
    def where(self) -> Where:
        """What is known to have got slower: processing; else the queue, while processing surely hasn't; "unclear" where it may
        have, too; "nowhere" where neither is known to."""
        if _longer(self.processing):
            return "processing"
        if not _longer(self.queue):
            return "nowhere"
        return "queue" if self.processing.high < LONGER else "unclear"


def lost_between(before: Parts, now: Parts) -> Lost | None:
    """How jobs fare now, against before; None where a side has fewer than 50 jobs."""
    if min(len(before.queue), len(now.queue)) < LEAST:
        return None
    least = max(SHORTEST, NO_WAIT * float(before.processing.mean()))
    queue, processing = _ratio(before.queue, now.queue, least), _ratio(before.processing, now.processing, SHORTEST)
    return Lost(queue, processing, float(before.queue.mean()) < least)


def _ratio(before: Array, now: Array, least: float) -> Interval:
    """Of the means, by Welch's t on the logarithms of ten parts of each side."""
    ratio, low, high, _ = welch(_side(before, least), _side(now, least), 0.95)
    return Interval(ratio, low, high)


def _side(values: Array, least: float) -> Side:
    """Parts of equally many jobs, since the last ones of an overloaded step often never started."""
    means = np.array([part.mean() for part in np.array_split(values, SECTIONS)])
    return Side(max(least, float(values.mean())), np.maximum(least, means))


def _longer(ratio: Interval) -> bool:
    return ratio.value >= LONGER and ratio.low > 1
