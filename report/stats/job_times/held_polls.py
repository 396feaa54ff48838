"""Whether a service held polls open until jobs had ended (long polling), or was only slow to answer them. Arrays in, numbers out;
times in seconds, one entry a poll.

A poll that is held is answered the moment the job ends: its reply tells the end. A poll that is only slow may have looked at any
moment between its sending and its reply.
"""

from dataclasses import dataclass

import numpy as np

from report.stats.quantiles import Array, ranks_of

LONG = 10.0
"""A poll is answered late if it took so many times as long as quick replies do."""
NOTICED = 0.1
"""Seconds: replies within them are never late, since nothing is gained by knowing better."""
QUICK = 0.05
"""The share of all replies, of those that took least, that tells how long a quick reply takes."""
SURE = 2.33
"""Standard errors that a slope must be away from the middle of what it is for held and for slow polls (99 %, one-sided)."""
LEAST = 20
"""Polls that a comparison takes."""
APART = 0.9
"""Of pairs of a poll that saw a job done and one that did not, in so many or more the second took longer: held to their end."""
ALIKE = 0.75
"""In fewer than so many they took about alike, as polls do that are only slow."""


@dataclass(frozen=True)
class Answered:
    """Polls that were answered. `done`: seconds that those took which saw their job done; `waited`: when those of these were sent
    that were the first poll of their job, since it was accepted (NaN: they weren't the first). `open`: seconds that those took
    which saw their job not done. `others`: seconds of the slowest other kind of request, on the median."""

    done: Array
    waited: Array
    open: Array
    others: float


def late_from(seconds: Array) -> tuple[float, float]:
    """How long a quick reply takes, and how long one that is late takes at the least."""
    quick = float(np.quantile(seconds, QUICK)) if len(seconds) else 0.0
    return quick, max(NOTICED, LONG * quick)


def were_held(polls: Answered, late_at: float) -> bool:
    """Whether the service held these polls open until their jobs had ended.

    Held polls that did not see their job done took the longest of all, as long as the service holds any; slow ones took no longer
    than others. Where there are hardly any of them, first polls tell, which are sent at random moments: one that is held takes as
    much less as it is sent later, so that the slope of its seconds over that moment is −1, and 0 if it is only slow. Where
    neither tells, polls that are answered late while other requests are not were held.
    """
    if min(len(polls.done), len(polls.open)) >= LEAST:
        longer = _longer(polls.open, polls.done)
        if longer >= APART or longer < ALIKE:
            return longer >= APART
    slope = _slope(polls)
    if slope is not None and abs(slope[0] + 0.5) > SURE * slope[1]:
        return slope[0] < -0.5
    return polls.others < late_at


def _slope(polls: Answered) -> tuple[float, float] | None:
    """Of the seconds of first polls over the moment that they were sent, by least squares, and its standard error."""
    first = ~np.isnan(polls.waited)
    x, y = polls.waited[first], polls.done[first]
    if len(x) < LEAST or not x.std():
        return None
    x = x - x.mean()
    slope = float(x @ y / (x @ x))
    rest = y - y.mean() - slope * x
    return slope, float(np.sqrt(rest @ rest / (len(x) - 2) / (x @ x)))


def _longer(one: Array, other: Array) -> float:
    """The share of pairs in which the one is longer than the other (Mann and Whitney 1947)."""
    ranks = ranks_of(np.concatenate([one, other]))[: len(one)]
    return float((ranks.sum() - len(one) * (len(one) + 1) / 2) / (len(one) * len(other)))
