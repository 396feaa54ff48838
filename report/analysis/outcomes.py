"""What became of the jobs, what was asked of the service, and what went wrong."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from report.recording.data_frames import is_in, repeated
from report.recording.rows import OUTCOMES
from report.recording.run import UNANSWERED, Run

from .holds import Hold

CRASH_LOSES = 5.0
"""A crash loses the last two seconds of each file; rows that lack longer before the end, in seconds, are a fault."""


@dataclass(frozen=True)
class Outcomes:
    """Jobs by outcome, in the order of `rows.OUTCOMES`; `submits` recorded in requests.csv.

    `unsubmitted`: jobs without a recorded submit, `twice`: jobs with more than one row, `missing`: jobs whose result
    was fetched well before the recording ends, though jobs.csv doesn't hold them. In a whole recording all are 0;
    where a crash cut the files, the first may not be.
    """

    counts: dict[str, int]
    submits: int
    unsubmitted: int
    twice: int
    missing: int

    @property
    def jobs(self) -> int:
        """All jobs."""
        return sum(self.counts.values())

    @property
    def add_up(self) -> bool:
        """Whether every submit has exactly one outcome."""
        return self.jobs == self.submits and not self.unsubmitted and not self.twice


@dataclass(frozen=True)
class Cause:
    """Failures that look alike: `where` is an endpoint or "job", `what` the code or the outcome; times in seconds."""

    where: str
    what: str
    text: str
    count: int
    first: float
    last: float


@dataclass(frozen=True)
class Mix:
    """What was asked of the service: requests by endpoint, jobs by kind, the profile's weights as shares.

    `open_polls`: polls that found the job not yet done.
    """

    requests: dict[str, int]
    kinds: dict[str, int]
    planned: dict[str, float]
    open_polls: int
    bytes_up: int
    bytes_down: int

    @property
    def total(self) -> int:
        """All requests."""
        return sum(self.requests.values())

    @property
    def polls_per_job(self) -> float:
        """Status requests per submit."""
        submits = self.requests.get("submit", 0)
        return self.requests.get("status", 0) / submits if submits else math.nan


def outcomes_of(run: Run) -> Outcomes:
    """What became of every job of the run."""
    counts = run.jobs["outcome"].value_counts()
    submitted = run.requests.loc[run.requests["endpoint"] == "submit", "job"]
    return Outcomes(
        counts={outcome: int(counts.get(outcome, 0)) for outcome in OUTCOMES},
        submits=len(submitted),
        unsubmitted=int((~is_in(run.jobs["job"], submitted)).sum()),
        twice=repeated(run.jobs["job"]) + repeated(submitted),
        missing=_missing(run),
    )


def _missing(run: Run) -> int:
    if not run.unanswered:
        return 0
    fetched = run.requests[run.requests["endpoint"] == "result"]
    fetched = fetched[fetched["sent"] + fetched["seconds"] < run.end - CRASH_LOSES]
    unanswered = run.jobs.loc[run.jobs["error"] == UNANSWERED, "job"]
    return int(is_in(unanswered, fetched["job"]).sum())


def causes_of(run: Run) -> tuple[Cause, ...]:
    """Failed requests and jobs that did not succeed, alike ones together, the most frequent first."""
    failed = run.requests[~run.requests["ok"]]
    ended = run.jobs[~run.jobs["outcome"].isin(["succeeded", "abandoned"])]
    codes = failed["code"].map(lambda code: "no reply" if np.isnan(code) else f"{code:.0f}")
    causes = [
        *_grouped(failed["endpoint"], codes, failed["error"], failed["sent"]),
        *_grouped(pd.Series("job", ended.index), ended["outcome"], ended["error"], ended["ended"]),
    ]
    return tuple(sorted(causes, key=lambda cause: (-cause.count, cause.where, cause.what, cause.text)))


def mix_of(run: Run, holds: Sequence[Hold]) -> Mix:
    """The request mix measured in `holds`, or in all of the recording if nothing was held."""
    requests = [hold.requests for hold in holds] or [run.requests]
    jobs = [hold.jobs for hold in holds] or [run.jobs]
    kinds = _totals([rows["kind"] for rows in jobs])
    weights = {job.kind: job.weight for job in run.profile.job if job.weight}
    return Mix(
        requests=_ordered(_totals([rows["endpoint"] for rows in requests]), run.profile.endpoints),
        kinds=_ordered(kinds, weights),
        planned={kind: weight / sum(weights.values()) for kind, weight in weights.items()},
        open_polls=sum(_open_polls(run, rows) for rows in requests),
        bytes_up=int(sum(rows["bytes_up"].sum() for rows in jobs)),
        bytes_down=int(sum(rows["bytes_down"].sum() for rows in jobs)),
    )


def _open_polls(run: Run, requests: pd.DataFrame) -> int:
    states = run.profile.api.states
    open_states = [*states.get("waiting", ()), *states.get("running", ())]
    return int(((requests["endpoint"] == "status") & requests["state"].isin([*open_states, "waiting", "running"])).sum())


def _totals(columns: Sequence["pd.Series[str]"]) -> dict[str, int]:
    total: dict[str, int] = {}
    for values in columns:
        for name, count in values.value_counts().items():
            total[str(name)] = total.get(str(name), 0) + int(count)
    return {name: count for name, count in total.items() if count}


def _ordered(counts: dict[str, int], first: Iterable[str]) -> dict[str, int]:
    known = [name for name in first if name in counts]
    return {name: counts[name] for name in [*known, *sorted(set(counts) - set(known))]}


def _grouped(where: "pd.Series[str]", what: "pd.Series[str]", text: "pd.Series[str]", at: "pd.Series[float]") -> list[Cause]:
    rows = pd.DataFrame({"where": where, "what": what, "text": text.astype(object), "at": at})
    rows = rows.astype({"where": object, "what": object})
    groups = rows.groupby(["where", "what", "text"], sort=True)["at"].agg(["size", "min", "max"])
    return [
        Cause(str(where), str(what), str(text), int(size), float(first), float(last))
        for (where, what, text), size, first, last in groups.itertuples(name=None)
    ]
