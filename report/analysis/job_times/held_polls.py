"""What each poll really saw: a poll that the service held open until the job had ended tells the end at its reply."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from report.analysis.holds import column
from report.recording.run import Run
from report.stats.job_times.held_polls import LEAST, Answered, late_from, were_held
from report.stats.quantiles import Array

SAMPLE = 100_000
"""So many requests of an endpoint tell how long a quick reply takes."""
SAME = 2e-6
"""Seconds between two times that are one, each written to the microsecond."""


@dataclass(frozen=True)
class _Polls:
    """The polls of a run that were answered. By job: `asked`: when the one was sent that saw it done; `last`: seconds that the
    last one took which did not (NaN: none is known). `open`: seconds of all that did not."""

    asked: Array
    last: Array
    open: Array


def with_held_polls(run: Run) -> tuple[Run, float | None]:
    """The run with each `done_after` as late as held polls tell it, which read a job's state just before they reply. And the
    share of the jobs seen done whose end was the reply to one; None where no polls were held."""
    seconds, jobs = _seconds_by_endpoint(run.requests), run.jobs
    replies = [late_from(values) for values in seconds.values()]
    if "status" not in seconds or not len(jobs):
        return run, None
    quick, late_at = min(replies)
    if np.count_nonzero(seconds["status"] > late_at) < LEAST:
        return run, None
    polls, before, after = _polls(run), column(jobs, "done_before"), column(jobs, "done_after")
    took = before - polls.asked
    known = ~np.isnan(took)
    first = np.where(column(jobs, "polls") == 1, polls.asked - column(jobs, "accepted"), np.nan)
    others = max((float(np.median(values)) for name, values in seconds.items() if name != "status"), default=np.inf)
    if not were_held(Answered(took[known], first[known], polls.open, others), late_at):
        return run, None
    after = np.where(polls.last > late_at, after + polls.last - quick, after)
    after = np.where(took > late_at, np.fmax(after, before - quick), after)
    return replace(run, jobs=jobs.assign(done_after=after)), float(np.mean(took[known] > late_at)) if known.any() else 0.0


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
    """A poll saw a job done whose `done_before` is its reply, and was the last that did not if its sending is `done_after`."""
    rows, jobs = run.requests, run.jobs
    own = (rows["endpoint"] == "status").to_numpy(dtype=np.bool_) & rows["ok"].to_numpy(dtype=np.bool_)
    sent, seconds = column(rows, "sent")[own], column(rows, "seconds")[own]
    asked, last = np.full(len(jobs), np.nan), np.full(len(jobs), np.nan)
    job, saw_done = _which(column(jobs, "done_before"), sent + seconds)
    asked[job[saw_done]] = sent[saw_done]
    job, was_last = _which(column(jobs, "done_after"), sent)
    last[job[was_last]] = seconds[was_last]
    return _Polls(asked, last, seconds[~saw_done])


def _which(moments: Array, times: Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Whose moment each of the times is, and whether it is anyone's at all. Moments that are NaN are nobody's."""
    order = np.argsort(moments, kind="stable")[: np.count_nonzero(~np.isnan(moments))]
    if not len(order):
        return np.zeros(len(times), dtype=np.int64), np.zeros(len(times), dtype=np.bool_)
    ranked = moments[order]
    place = np.clip(np.searchsorted(ranked, times - SAME), 0, len(ranked) - 1)
    return order[place], np.abs(ranked[place] - times) <= SAME
