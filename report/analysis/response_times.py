"""How long jobs took, from the moment they were due to their end, by the best that the recording carries."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from report.recording.run import Run
from report.stats.censoring import SHORT, Estimate, Offset, Weighted, clock_offset, kaplan_meier, turnbull
from report.stats.quantiles import Array, carries, quantile

from .holds import column, never_seen_done, open_for

Way = Literal["timestamps", "likelihood", "middle"]
SAMPLE = 100_000
"""So many jobs tell the offset of a clock."""
WHOLE = ("finished", "stopped")
"""Runs that waited for the jobs that they had begun. Any other cut off those that were open."""
NEEDS = ("due", "sent", "accepted", "done_after", "done_before", "created", "finished", "outcome")
"""The columns that all of this reads."""


@dataclass(frozen=True)
class Completion:
    """How the end of a job is known: by the service's timestamps shifted by `offset`, by the likelihood of what its polls
    leave open (jobs shorter than half of `poll_every`, seconds), or as the middle between two polls.

    `offset`: from the service's clock to the run's, both counted from `epoch`; None where the service told no times. `whole`:
    the run waited for its jobs, so what it left open would have lasted longer than all others; else it was only cut off.
    """

    way: Way
    offset: Offset | None
    poll_every: float
    epoch: float
    whole: bool = True

    def cut_off(self, jobs: pd.DataFrame) -> NDArray[np.bool_]:
        """The jobs of which nobody knows more than that they took longer than they were watched."""
        return never_seen_done(jobs) & (jobs["outcome"] == "abandoned").to_numpy(dtype=np.bool_) & (not self.whole)

    def known(self, jobs: pd.DataFrame) -> Array:
        """The `times`, but NaN for jobs cut off."""
        return np.where(self.cut_off(jobs), math.nan, self.times(jobs))

    def times(self, jobs: pd.DataFrame) -> Array:
        """Due → end of each job in seconds: inf for one never seen done, NaN for one that was never accepted."""
        due = column(jobs, "due")
        if self.way == "timestamps" and self.offset is not None:
            ended = column(jobs, "finished") - self.epoch + self.offset.seconds
            seen = column(jobs, "done_before")
            ended = np.where(np.isnan(ended), seen, ended)
        else:
            ended = (column(jobs, "done_after") + column(jobs, "done_before")) / 2
        return np.where(never_seen_done(jobs), np.inf, ended - due)

    def between(self, jobs: pd.DataFrame) -> tuple[Array, Array]:
        """The shortest and the longest that each job can have taken, in seconds, of jobs that were seen done: the service's
        timestamps where they may be used, else what the polls leave open."""
        if self.way == "timestamps":
            return self.times(jobs), self.times(jobs)
        due = column(jobs, "due")
        return np.maximum(column(jobs, "done_after") - due, 0.0), column(jobs, "done_before") - due

    def ends(self, jobs: pd.DataFrame) -> tuple[Array, Array]:
        """Between which seconds of the run each job ended: the same twice by the service's timestamps where they may be used (as
        far as no poll disproves them), else what the polls leave open. Never seen done: when it was last seen open, and NaN."""
        after, before = column(jobs, "done_after"), column(jobs, "done_before")
        if self.way != "timestamps":
            return after, before
        told = np.fmin(np.fmax(self.times(jobs) + column(jobs, "due"), after), before)
        return np.where(np.isnan(before), after, told), np.where(np.isnan(before), before, told)

    def judged(self, jobs: pd.DataFrame) -> Array:
        """Due → end as limits are judged by, in seconds: the service's timestamps where they may be used, else the reply that
        first saw the job done, which is never too early. inf for a job never seen done, NaN for one that was never accepted."""
        if self.way == "timestamps":
            return self.times(jobs)
        return np.where(never_seen_done(jobs), np.inf, column(jobs, "done_before") - column(jobs, "due"))

    def floors(self, jobs: pd.DataFrame, found: Mapping[float, float | None]) -> dict[float, float]:
        """The least that those quantiles can be that `quantiles` didn't find, since they fall among jobs never seen done: each
        of these taken to have ended when it was last seen open."""
        times = self.times(jobs)
        accepted = ~np.isnan(times)
        least = np.where(np.isinf(times), open_for(jobs), times)[accepted]
        n = self._carrying(jobs)
        return {p: quantile(least, p) for p, value in found.items() if value is None and carries(n, p)}

    def quantiles(self, jobs: pd.DataFrame, ps: Sequence[float]) -> dict[float, float | None]:
        """Those quantiles that the jobs carry, with type 7; None where they are too few, or as many were never seen done."""
        n = self._carrying(jobs)
        carried = [p for p in ps if carries(n, p)]
        estimate = self._estimate(jobs) if carried else None
        found = {p: estimate.quantile(p) for p in carried} if estimate else {}
        return {p: found[p] if p in found and math.isfinite(found[p]) else None for p in ps}

    def _carrying(self, jobs: pd.DataFrame) -> int:
        return int(np.count_nonzero(~np.isnan(self.known(jobs))))

    def _estimate(self, jobs: pd.DataFrame) -> Weighted | Estimate:
        if self.way != "likelihood":
            cut, times = self.cut_off(jobs), self.known(jobs)
            return kaplan_meier(times[~np.isnan(times)], open_for(jobs)[cut])
        known = jobs[jobs["done_before"].notna() | never_seen_done(jobs)]
        after, before = (column(known, name) - column(known, "due") for name in ("done_after", "done_before"))
        after = np.where(np.isnan(after), column(known, "sent") - column(known, "due"), after)
        return turnbull(np.maximum(after, 0.0), np.where(np.isnan(before), np.inf, before))


def completion_of(run: Run) -> Completion:
    """The best way that this run carries."""
    jobs = run.jobs.iloc[:: max(1, len(run.jobs) // SAMPLE)]
    seen = jobs[jobs["done_before"].notna() & jobs["done_after"].notna() & jobs["accepted"].notna()]
    every, whole = run.profile.clients.poll_every, run.status in WHOLE
    offset = None
    if len(seen) and seen["finished"].notna().any():
        names = ("created", "finished", "sent", "accepted", "done_after", "done_before")
        created, finished, *client = (column(seen, name) for name in names)
        offset = clock_offset(created - run.info.epoch, finished - run.info.epoch, *client)
        if offset.valid:
            return Completion("timestamps", offset, every, run.info.epoch, whole)
    middles = (column(seen, "done_after") + column(seen, "done_before")) / 2 - column(seen, "due")
    short = len(middles) > 0 and float(np.median(middles)) < SHORT * every
    return Completion("likelihood" if short else "middle", offset, every, run.info.epoch, whole)
