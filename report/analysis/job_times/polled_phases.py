"""How long jobs waited and how long they were processed, from the states that polls saw, where the service tells no times."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from profiles import Profile
from report.analysis.holds import Hold, column, never_seen_done, pooled
from report.analysis.latency import Latency
from report.recording.run import Run
from report.stats.job_times.polled_states import LEAST, Phases, Polled, phases_of

from .response_times import Completion

Untold = Literal["states", "held", "never_done", "few", "never_running"]
"""Why polls don't tell: the profile's states don't tell waiting from running; held polls tell the end alone; too many jobs were
never seen done; there were too few; or none was ever seen running."""
MOST = 10_000
"""So many jobs are enough: more would take long and tell hardly more."""
NEVER = 0.01
"""The share of jobs never seen done that may be left out."""
NEEDS = ("job", "outcome", "accepted", "done_before")


def polled_phases_of(run: Run, holds: Sequence[Hold], latency: Latency | None, completion: Completion) -> Phases | Untold | None:
    """Waiting and processing times of the jobs that `latency` is of; None where there are none, or the service tells them."""
    if latency is None or any(described.name in ("queue", "processing") for described in latency.server):
        return None
    if not {"waiting", "running"} <= _told_states(run.profile):
        return "states"
    if completion.held is not None:
        return "held"
    jobs = pooled([hold.jobs for hold in holds if hold.step.number in latency.steps], NEEDS)
    never = never_seen_done(jobs)
    jobs = jobs[jobs["done_before"].notna() & jobs["accepted"].notna()]
    if never.sum() > NEVER * len(jobs):
        return "never_done"
    if len(jobs) < LEAST:
        return "few"
    seen = seen_of(run, jobs.iloc[:: -(-len(jobs) // MOST)], completion.between_polls)
    return phases_of(seen) or "never_running"


def _told_states(profile: Profile) -> set[str]:
    """The states that some word of the service means."""
    return {state for state, words in profile.api.states.items() if words}


def seen_of(run: Run, jobs: pd.DataFrame, pause: float) -> Polled:
    """What the polls of a run saw of these jobs, all of which were seen done."""
    rows = run.requests
    whose = pc.fill_null(
        pc.index_in(pa.array(rows["job"], pa.string()), value_set=pa.array(jobs["job"], pa.string())), -1
    ).to_numpy()
    polls = (whose >= 0) & (rows["endpoint"] == "status").to_numpy(dtype=np.bool_) & rows["ok"].to_numpy(dtype=np.bool_)
    job, sent = whose[polls], column(rows, "sent")[polls]
    reply = sent + column(rows, "seconds")[polls]
    word = rows["state"][polls]
    waits, runs = (word.isin(run.profile.api.states[state]).to_numpy(dtype=np.bool_) for state in ("waiting", "running"))
    accepted, done = column(jobs, "accepted"), column(jobs, "done_before")

    def last(which: NDArray[np.bool_]) -> NDArray[np.float64]:
        """When the last of these polls of each job was sent; the requests are sorted by that."""
        moments = accepted.copy()
        moments[job[which]] = sent[which]
        return np.maximum(moments - accepted, 0.0)

    begun = done.copy()
    begun[job[runs][::-1]] = reply[runs][::-1]
    return Polled(last(waits), np.minimum(begun, done) - accepted, last(waits | runs), done - accepted, pause)
