"""How long jobs took, from the moment they were due to their end, by the best that the recording carries: the one estimate that
every table, limit and finding uses.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from report.analysis.holds import column, never_seen_done, open_for
from report.recording.run import Run
from report.stats.job_times.censoring import SHORT, Estimate, Offset, Weighted, clock_offset, kaplan_meier, turnbull
from report.stats.quantiles import Array, carries, quantile

Way = Literal["timestamps", "likelihood", "middle"]
SAMPLE = 100_000
"""So many jobs tell the offset of a clock."""
SLOW = 1.1
"""Polls are slow where half of the jobs are left open for so many times the pause that the profile asks for, or longer."""
WHOLE = ("finished", "stopped")
"""Runs that waited for the jobs that they had begun. Any other cut off those that were open."""
NEEDS = ("due", "sent", "accepted", "done_after", "done_before", "created", "finished", "outcome")
"""The columns that all of this reads."""


@dataclass(frozen=True)
class Completion:
    """How the end of a job is known: by the service's timestamps shifted by `offset`, by the likelihood of what its polls
    leave open (jobs shorter than half of `between_polls`, seconds), or as the middle between two polls.

    `offset`: from the service's clock to the run's, both counted from `epoch`; None where the service told no times. `whole`:
    the run waited for its jobs, so what it left open would have lasted longer than all others; else it was only cut off.
    `poll_every`: seconds between two polls, as the profile has it; `between_polls`: between the bounds that they leave to an end,
    longer where polls are slow, and short where `held` ones tell it: of so large a share of the jobs that ended.
    """

    way: Way
    offset: Offset | None
    poll_every: float
    epoch: float
    whole: bool = True
    between_polls: float = 0.0
    held: float | None = None

    @property
    def slow(self) -> bool:
        """Whether polls took so long that they left the ends of jobs open for longer than the profile meant them to."""
        return self.held is None and self.between_polls > self.poll_every

    def cut_off(self, jobs: pd.DataFrame) -> NDArray[np.bool_]:
        """The jobs of which nobody knows more than that they took longer than they were watched."""
        return never_seen_done(jobs) & (jobs["outcome"] == "abandoned").to_numpy(dtype=np.bool_) & (not self.whole)

    def known(self, jobs: pd.DataFrame) -> Array:
        """The `times`, but NaN for jobs cut off."""
        return np.where(self.cut_off(jobs), math.nan, self.times(jobs))

    def times(self, jobs: pd.DataFrame) -> Array:
        """Due → end of each job in seconds: inf for one never seen done, NaN for one that was never accepted.

        By likelihood nobody knows the time of a single job, only their distribution: the jobs have its quantiles, in the order of
        the middles between their polls."""
        due = column(jobs, "due")
        middle = (column(jobs, "done_after") + column(jobs, "done_before")) / 2 - due
        if self.way == "timestamps" and self.offset is not None:
            told = column(jobs, "finished") - self.epoch + self.offset.seconds - due
            times = np.where(np.isnan(told), middle, told)
        elif self.way == "likelihood":
            times = _by_rank(middle, *self.between(jobs))
        else:
            times = middle
        return np.where(never_seen_done(jobs), np.inf, times)

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
        if self.way != "timestamps" or self.offset is None:
            return after, before
        told = np.fmin(np.fmax(self.times(jobs) + column(jobs, "due"), after - self.offset.lag), before)
        return np.where(np.isnan(before), after, told), np.where(np.isnan(before), before, told)

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
        return _likeliest(jobs[jobs["done_before"].notna() | never_seen_done(jobs)])


def _likeliest(jobs: pd.DataFrame) -> Estimate:
    """The most likely distribution for what polls leave open of these jobs, seen done or never."""
    after, before = (column(jobs, name) - column(jobs, "due") for name in ("done_after", "done_before"))
    after = np.where(np.isnan(after), column(jobs, "sent") - column(jobs, "due"), after)
    return turnbull(np.maximum(after, 0.0), np.where(np.isnan(before), np.inf, before))


def _by_rank(middle: Array, least: Array, most: Array) -> Array:
    """The quantiles of the most likely distribution of the jobs seen done, each for the job whose middle has its rank."""
    seen = np.flatnonzero(~np.isnan(middle))
    times = np.full(len(middle), np.nan)
    if len(seen):
        estimate = turnbull(least[seen], most[seen])
        places = np.linspace(0, 1, len(seen)) * estimate.share[-1] * (1 - 1e-12)
        times[seen[np.argsort(middle[seen], kind="stable")]] = [estimate.quantile(float(p)) for p in places]
    return times


def completion_of(run: Run, held: float | None = None) -> Completion:
    """The best way that this run carries; `held`: see Completion."""
    jobs = run.jobs.iloc[:: max(1, len(run.jobs) // SAMPLE)]
    seen = jobs[jobs["done_before"].notna() & jobs["done_after"].notna() & jobs["accepted"].notna()]
    every, whole = run.profile.clients.poll_every, run.status in WHOLE
    after, before = column(seen, "done_after"), column(seen, "done_before")
    open_for = float(np.median(before - after)) if len(seen) else every
    between = open_for if held is not None or open_for > SLOW * every else every
    polled = Completion("middle", None, every, run.info.epoch, whole, between, held)
    offset = None
    if len(seen) and seen["finished"].notna().any():
        created, finished, sent, accepted = (column(seen, name) for name in ("created", "finished", "sent", "accepted"))
        offset = clock_offset(created - run.info.epoch, finished - run.info.epoch, sent, accepted, after, before)
        if offset.valid:
            return replace(polled, way="timestamps", offset=offset)
    middles = (after + before) / 2 - column(seen, "due")
    short = len(middles) > 0 and float(np.median(middles)) < SHORT * between
    return replace(polled, way="likelihood" if short else "middle", offset=offset)
