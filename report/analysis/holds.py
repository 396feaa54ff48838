"""Which rows belong to which step: a job by its due time, a request and a sample by its own, within the hold.

Ramps belong to no step. Nothing is copied: the tables are sorted, so the rows of a hold stand side by side.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from report.measure import FLOW_NEEDS, JOB_NEEDS, REQUEST_NEEDS, Window
from report.recording.rows import COMPLETED
from report.recording.run import Run
from report.recording.steps import Step, read_steps
from report.stats.quantiles import Array
from report.stats.unloaded import Idle

from .idle import idle_of, samples_by_name


@dataclass(frozen=True)
class Hold:
    """The rows of one step's hold [start, end): requests by `sent`, jobs by `due`, samples by `t`.

    `run_jobs`: all jobs of the run, for what was in flight or ended within the hold, whenever it was due.
    """

    step: Step
    start: float
    end: float
    requests: pd.DataFrame
    jobs: pd.DataFrame
    samples: pd.DataFrame
    run_jobs: pd.DataFrame
    idle: Idle | None = None

    @property
    def seconds(self) -> float:
        """How long the hold lasted."""
        return self.end - self.start


def cut_holds(run: Run, steps: Iterable[Step] | None = None) -> tuple[Hold, ...]:
    """The holds of a run that lasted at all, in order."""
    steps = read_steps(run.events, run.end) if steps is None else steps
    idle = idle_of(run)
    return tuple(
        Hold(
            step,
            start,
            end,
            rows_between(run.requests, "sent", start, end),
            rows_between(run.jobs, "due", start, end),
            rows_between(run.samples, "t", start, end),
            run.jobs,
            idle,
        )
        for step in steps
        if step.hold is not None
        for start, end in [step.hold]
        if end > start
    )


def rows_between(rows: pd.DataFrame, column: str, start: float, end: float) -> pd.DataFrame:
    """The rows of a table sorted by `column` in which start ≤ column < end."""
    first, last = np.searchsorted(rows[column].to_numpy(), [start, end], side="left")
    return rows.iloc[first:last]


def job_ends(jobs: pd.DataFrame) -> Array:
    """When each job ended, as far as the client can tell: the reply that saw it done, else when it was given up.

    A job without an end (inf) was open when the recording ended.
    """
    return jobs["done_before"].fillna(jobs["ended"]).fillna(np.inf).to_numpy(dtype=np.float64)


def completions(jobs: pd.DataFrame) -> Array:
    """Sorted times at which jobs were seen succeeded or failed."""
    done = jobs.loc[jobs["outcome"].isin(COMPLETED), "done_before"].dropna()
    return np.sort(done.to_numpy(dtype=np.float64))


def never_seen_done(jobs: pd.DataFrame) -> NDArray[np.bool_]:
    """Jobs that took longer than anybody waited for them: given up, lost or abandoned."""
    return (jobs["done_before"].isna() & jobs["outcome"].isin(["timed_out", "lost", "abandoned"])).to_numpy(dtype=np.bool_)


def open_for(jobs: pd.DataFrame) -> Array:
    """How long after it was due each job was last seen open, in seconds: 0 for one that never was."""
    return np.nan_to_num(column(jobs, "done_after") - column(jobs, "due"))


def column(rows: pd.DataFrame, name: str) -> Array:
    """A numeric column as plain numbers."""
    return rows[name].to_numpy(dtype=np.float64)


def window_of(holds: Iterable[Hold], took: Callable[[pd.DataFrame], Array] | None = None) -> Window:
    """The rows of several holds pooled into one window, whose gaps count for nothing; `took` tells how long jobs took."""
    holds = sorted(holds, key=lambda hold: hold.start)
    samples = pd.concat([hold.samples for hold in holds])
    everything = holds[0].run_jobs
    jobs = pooled([hold.jobs for hold in holds], JOB_NEEDS)
    ends = job_ends(everything)
    ended = np.logical_or.reduce([(hold.start <= ends) & (ends < hold.end) for hold in holds])
    before = everything[(column(everything, "due") < holds[0].start) & (ends >= holds[0].start)]
    flying = Counter(zip(map(str, before["kind"]), map(str, before["tenant"]), strict=True))
    return Window(
        start=holds[0].start,
        end=holds[-1].end,
        requests=_columns(pooled([hold.requests for hold in holds], REQUEST_NEEDS), REQUEST_NEEDS),
        jobs=_columns(jobs, JOB_NEEDS) | ({"took": took(jobs)} if took else {}),
        samples=samples_by_name(samples),
        in_flight=flying,
        gap=holds[-1].end - holds[0].start - sum(hold.seconds for hold in holds),
        flow=_columns(everything.loc[ended, list(FLOW_NEEDS)], FLOW_NEEDS),
        idle=holds[0].idle,
    )


def pooled(tables: Sequence[pd.DataFrame], names: Sequence[str]) -> pd.DataFrame:
    """These columns of several tables in one; of a single table they aren't copied."""
    if len(tables) == 1:
        return tables[0].loc[:, list(names)]
    return pd.concat([rows[list(names)] for rows in tables])


def _columns(rows: pd.DataFrame, names: Iterable[str]) -> dict[str, NDArray[Any]]:
    return {name: _plain(rows[name]) for name in names}


def _plain(values: "pd.Series[Any]") -> NDArray[Any]:
    """A column as a numpy array; texts become objects that share their few values."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.categories.to_numpy(dtype=object)[values.cat.codes.to_numpy()]
    return values.to_numpy(dtype=None if values.dtype.kind in "fib" else object)
