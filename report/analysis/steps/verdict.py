"""A step's verdict: what failed in it or never ended, and whether that is more than is tolerated."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtrc

from report.analysis.holds import Hold, column
from report.recording.steps import Step
from report.stats.intervals import Interval, share_interval
from report.stats.steady_state import MIN_ARRIVALS, Growth, Verdict

MIN_HELD = 0.5
"""A step cut off before this share of its hold says little about throughput, and isn't said to have kept up: it may have been
about to fail."""
CHANCE = 0.01
"""Failures are too many where the tolerated rate would bring about as many in less than this share of such steps."""


@dataclass(frozen=True)
class TooMany:
    """More than is tolerated, as a share, of what failed ("jobs" or an endpoint) or never ended: `bad` of so many."""

    what: str
    bad: int
    of: int
    tolerated: float

    @property
    def measured(self) -> float:
        """The share that went bad."""
        return self.bad / self.of

    @property
    def interval(self) -> Interval:
        """The same, and how sure it is."""
        return share_interval(self.bad, self.of)


def too_many(hold: Hold, tolerated: float) -> tuple[tuple[TooMany, ...], tuple[TooMany, ...]]:
    """Jobs and endpoints of which more failed than is tolerated: by more than chance explains (binomial), and by less."""
    ended = hold.jobs.loc[hold.jobs["outcome"] != "abandoned", "outcome"]
    counts = [("jobs", int((ended != "succeeded").sum()), len(ended))]
    for endpoint, ok in hold.requests.groupby("endpoint", observed=True)["ok"]:
        counts.append((str(endpoint), int((~ok).sum()), len(ok)))
    sure: list[TooMany] = []
    doubted: list[TooMany] = []
    for what, bad, of in counts:
        if bad > tolerated * of:
            known = float(bdtrc(bad - 1, of, tolerated)) < CHANCE
            (sure if known else doubted).append(TooMany(what, bad, of, tolerated))
    return tuple(sure), tuple(doubted)


def never_ended(hold: Hold, tolerated: float) -> TooMany | None:
    """Jobs that the run's end found open, though they had been so for longer than any other of the step took: one that was only
    cut off by the end says nothing."""
    left = hold.jobs[hold.jobs["outcome"] == "abandoned"]
    took = column(hold.jobs, "done_before") - column(hold.jobs, "due")
    longest = float(np.nanmax(took, initial=0.0))
    never = int(np.count_nonzero(column(left, "ended") - column(left, "due") > longest))
    of = len(hold.jobs)
    return TooMany("jobs that never ended", never, of, tolerated) if never > tolerated * of else None


def verdict_of(
    step: Step,
    growth: Growth,
    errors: Sequence[TooMany],
    doubted: Sequence[TooMany],
    unfinished: TooMany | None,
    fired: bool,
    cut_short: bool,
) -> Verdict:
    """UNSUSTAINED where something is known to be wrong, INCONCLUSIVE where it may be. `cut_short`: the run's end was no
    planned one, so jobs that it left open say less."""
    wrong = errors or (unfinished and not cut_short)
    if fired or (wrong and growth.arrivals >= MIN_ARRIVALS):
        return "UNSUSTAINED"
    unclear = unfinished or doubted or (step.cut and step.seconds < MIN_HELD * step.planned)
    return "INCONCLUSIVE" if unclear and growth.verdict == "SUSTAINED" else growth.verdict
