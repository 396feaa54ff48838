"""What each poll really saw: a poll that the service held open until the job had ended tells the end at its reply."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from report.recording.run import Run
from report.stats.job_times.held_polls import LEAST, Late, late_from, were_held
from report.stats.quantiles import Array

from .holds import column

SAMPLE = 100_000
"""So many requests of an endpoint tell how long a quick reply takes."""
SAME = 2e-6
"""Seconds between two times that are one, each written to the microsecond."""


@dataclass(frozen=True)
class _Polls:
    """The polls of a run that were answered: seconds of all of them that saw no job done, and by job the moment at which the one
    was sent that saw it done (NaN: none is known)."""

    open: Array
    asked: Array


def with_held_polls(run: Run) -> tuple[Run, float]:
    """The run with each `done_after` as late as a held poll tells it: a quick reply's time before its reply. And the share of the
    jobs seen done of which one told; 0 where no polls were held."""
    seconds, jobs = _seconds_by_endpoint(run.requests), run.jobs
    replies = [late_from(values) for values in seconds.values()]
    if "status" not in seconds or not len(jobs):
        return run, 0.0
    quick, late_at = min(replies)
    if np.count_nonzero(seconds["status"] > late_at) < LEAST:
        return run, 0.0
    polls = _polls(run)
    before = column(jobs, "done_before")
    took = before - polls.asked
    late = took > late_at
    first = np.where(column(jobs, "polls") == 1, polls.asked - column(jobs, "accepted"), np.nan)
    known = ~np.isnan(took)
    others = max((float(np.median(values)) for name, values in seconds.items() if name != "status"), default=np.inf)
    if np.count_nonzero(late) < LEAST or not were_held(Late(took[known], first[known], polls.open, others), late_at):
        return run, 0.0
    after = np.where(late, np.fmax(column(jobs, "done_after"), before - quick), column(jobs, "done_after"))
    return replace(run, jobs=jobs.assign(done_after=after)), float(np.count_nonzero(late) / np.count_nonzero(known))


def _seconds_by_endpoint(requests: pd.DataFrame) -> dict[str, Array]:
    """How long answered requests took."""
    answered = requests["ok"].to_numpy(dtype=np.bool_)
    found = {}
    for name in ("submit", "status", "result"):
        own = np.flatnonzero(answered & (requests["endpoint"] == name).to_numpy(dtype=np.bool_))
        if len(own):
            found[name] = column(requests, "seconds")[own[:: max(1, len(own) // SAMPLE)]]
    return found


def _polls(run: Run) -> _Polls:
    """A poll saw a job done whose `done_before` is its reply."""
    rows = run.requests
    own = (rows["endpoint"] == "status").to_numpy(dtype=np.bool_) & rows["ok"].to_numpy(dtype=np.bool_)
    sent, seconds = column(rows, "sent")[own], column(rows, "seconds")[own]
    before = column(run.jobs, "done_before")
    order = np.argsort(before, kind="stable")[: np.count_nonzero(~np.isnan(before))]
    job, found = _nearest(before[order], sent + seconds)
    asked = np.full(len(before), np.nan)
    asked[order[job[found]]] = sent[found]
    return _Polls(seconds[~found], asked)


def _nearest(moments: Array, replies: Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Which of the sorted moments each reply is, and whether it is one at all."""
    if not len(moments):
        return np.zeros(len(replies), dtype=np.int64), np.zeros(len(replies), dtype=np.bool_)
    place = np.clip(np.searchsorted(moments, replies - SAME), 0, len(moments) - 1)
    return place, np.abs(moments[place] - replies) <= SAME
