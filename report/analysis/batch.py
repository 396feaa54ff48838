"""What became of a batch: how fast it was taken in, how fast it was worked off, and how long that took."""

import math
from dataclasses import dataclass, replace

import numpy as np

from report.measure import Window
from report.recording.rows import COMPLETED
from report.recording.run import Run
from report.stats.fairness import Bounds, longest

from .holds import column
from .job_times.response_times import Completion
from .tenants import waits


@dataclass(frozen=True)
class Batch:
    """A batch of so many `jobs`, of which `submitted` were submitted, `accepted` and `completed`: succeeded, or `failed`.

    `submitting`: seconds from the first submit to the last acceptance; `submit_rate`: accepted jobs per second over these.
    `processing`: seconds from the first submit to the end of the last completed job, at the most; `process_rate`: completed
    jobs per second over these. NaN where there are none. `makespan`: from the first submit to the end of the last job, as far
    as is known; `by_timestamps`: by the service's own clock. `unfinished`: accepted jobs never seen done.
    `bytes_up`, `bytes_down`: sent and received for a job on average, failed and refused ones too.
    """

    jobs: int
    submitted: int
    accepted: int
    completed: int
    failed: int
    unfinished: int
    submitting: float
    processing: float
    makespan: Bounds
    by_timestamps: bool
    bytes_up: float
    bytes_down: float

    @property
    def submit_rate(self) -> float:
        """Accepted jobs per second."""
        return self.accepted / self.submitting if self.submitting > 0 else math.nan

    @property
    def process_rate(self) -> float:
        """Completed jobs per second."""
        return self.completed / self.processing if self.processing > 0 else math.nan


def batch_of(run: Run, completion: Completion) -> Batch | None:
    """The batch of a run; None for other loads, or where nothing was submitted."""
    if run.profile.batch is None or not len(run.jobs):
        return None
    jobs = run.jobs
    first = float(column(jobs, "sent").min())
    accepted = column(jobs, "accepted")
    accepted = accepted[~np.isnan(accepted)]
    waited = jobs[waits(jobs)]
    done = completion.ends(jobs[jobs["outcome"].isin(COMPLETED)])[1]
    done = done[~np.isnan(done)]
    return Batch(
        jobs=run.profile.batch,
        submitted=len(jobs),
        accepted=len(accepted),
        completed=len(done),
        failed=int((jobs["outcome"] == "failed").sum()),
        unfinished=int(waited["done_before"].isna().sum()),
        submitting=float(accepted.max()) - first if len(accepted) else math.nan,
        processing=float(done.max()) - first if len(done) else math.nan,
        makespan=longest(first, *completion.ends(waited)),
        by_timestamps=completion.way == "timestamps",
        bytes_up=float(column(jobs, "bytes_up").mean()),
        bytes_down=float(column(jobs, "bytes_down").mean()),
    )


def worked_off(window: Window) -> Window:
    """The window of a batch, cut to the time from its first job to the end of its last: what rates of jobs are over. As it
    is where a job was never seen done."""
    ends = window.jobs["due"] + window.jobs["took"]
    ends = ends[~np.isnan(ends)]
    if not len(ends) or np.isinf(ends).any():
        return window
    return replace(window, start=float(window.jobs["due"].min()), end=float(ends.max()), gap=0.0)
