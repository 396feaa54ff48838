"""What became of a batch: how fast it was taken in, how fast it was worked off, and how long that took."""

from dataclasses import dataclass

import numpy as np

from .holds import column, completions
from .runfolder import Run
from .stats_fairness import Bounds, longest
from .tenants import waits


@dataclass(frozen=True)
class Batch:
    """A batch of so many `jobs`, of which `submitted` were submitted, `accepted` and `completed` (succeeded or failed).

    `submitting`: seconds from the first submit to the last acceptance; `submit_rate`: accepted jobs per second over these.
    `processing`: seconds from the first submit to the last job seen done; `process_rate`: completed jobs per second over
    these. NaN where there are none. `makespan`: from the first submit to the end of the last job, as the polls bound it.
    `unfinished`: accepted jobs never seen done.
    """

    jobs: int
    submitted: int
    accepted: int
    completed: int
    unfinished: int
    submitting: float
    processing: float
    makespan: Bounds

    @property
    def submit_rate(self) -> float:
        """Accepted jobs per second."""
        return self.accepted / self.submitting if self.submitting > 0 else float("nan")

    @property
    def process_rate(self) -> float:
        """Completed jobs per second."""
        return self.completed / self.processing if self.processing > 0 else float("nan")


def batch_of(run: Run) -> Batch | None:
    """The batch of a run; None for other loads, or where nothing was submitted."""
    if run.profile.batch is None or not len(run.jobs):
        return None
    jobs = run.jobs
    first = float(column(jobs, "sent").min())
    accepted = column(jobs, "accepted")
    accepted = accepted[~np.isnan(accepted)]
    done, waited = completions(jobs), jobs[waits(jobs)]
    return Batch(
        jobs=run.profile.batch,
        submitted=len(jobs),
        accepted=len(accepted),
        completed=len(done),
        unfinished=int(waited["done_before"].isna().sum()),
        submitting=float(accepted.max()) - first if len(accepted) else float("nan"),
        processing=float(done[-1]) - first if len(done) else float("nan"),
        makespan=longest(first, column(waited, "done_after"), column(waited, "done_before")),
    )
