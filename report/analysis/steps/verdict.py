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
REFUSED = "refusals"
"""Jobs that the service refused by an answer that the profile knows as one: this is how a service says that it has enough."""


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


def failures_in(hold: Hold, tolerated: float) -> tuple[TooMany, ...]:
    """What failed in a hold: jobs, those of them that the service refused, and the requests of each endpoint."""
    ended = hold.jobs.loc[hold.jobs["outcome"] != "abandoned", "outcome"]
    counts = [("jobs", int((ended != "succeeded").sum()), len(ended)), (REFUSED, int((ended == "rejected").sum()), len(ended))]
    for endpoint, ok in hold.requests.groupby("endpoint", observed=True)["ok"]:
        counts.append((str(endpoint), int((~ok).sum()), len(ok)))
    return tuple(TooMany(what, bad, of, tolerated) for what, bad, of in counts)


def too_many(failures: Sequence[TooMany]) -> tuple[tuple[TooMany, ...], tuple[TooMany, ...]]:
    """Those of which more failed than is tolerated: by more than chance explains (binomial), and by less."""
    sure: list[TooMany] = []
    doubted: list[TooMany] = []
    for each in failures:
        if each.what != REFUSED and each.bad > each.tolerated * each.of:
            known = float(bdtrc(each.bad - 1, each.of, each.tolerated)) < CHANCE
            (sure if known else doubted).append(each)
    return tuple(sure), tuple(doubted)


def never_ended(hold: Hold, tolerated: float) -> TooMany | None:
    """Jobs that the run's end found open, though they had been so for longer than any other of the step took: one that was only
    cut off by the end says nothing."""
    left = hold.jobs[hold.jobs["outcome"] == "abandoned"]
    took = column(hold.jobs, "done_before") - column(hold.jobs, "due")
    longest = float(np.nanmax(took, initial=0.0))
    never = int(np.count_nonzero(column(left, "ended") - column(left, "due") > longest))
    of = len(hold.jobs)
    return TooMany("unfinished", never, of, tolerated) if never > tolerated * of else None


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
