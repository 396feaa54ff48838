"""Answers that are a fault of the test: an endpoint that only ever, or from one moment on, says what the profile doesn't know.

An answer such as 401 or 404, a redirect, or a reply that can't be read is one to how the service was asked. It says nothing of
how much the service carries, however often it comes.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from report.recording.run import Run

LEAST = 20
"""Answers in a row, to the end of the run, that it takes to call them a fault of the test."""
OF_LOAD = (408, 425, 429)
"""Codes below 500 that a service answers because of how often, or how soon, it was asked."""


@dataclass(frozen=True)
class MappingFault:
    """All requests of an endpoint were answered with the same `code` from `since` (seconds of the run) on, so many of them;
    `cause` is the error as recorded. `whole`: it never answered otherwise."""

    endpoint: str
    code: int
    cause: str
    count: int
    since: float
    whole: bool


def mapping_faults(run: Run) -> tuple[MappingFault, ...]:
    """Those of every call of a job, the earliest first; what is asked beside the jobs ([[extra]]) says nothing of them."""
    beside = {extra.name for extra in run.profile.extra}
    asked = run.requests[~run.requests["endpoint"].isin(beside)]
    found = (_fault(str(name), rows) for name, rows in asked.groupby("endpoint", observed=True))
    return tuple(sorted((fault for fault in found if fault), key=lambda fault: (fault.since, fault.endpoint)))


def _fault(endpoint: str, rows: pd.DataFrame) -> MappingFault | None:
    rows = rows.assign(at=rows["sent"] + rows["seconds"]).sort_values("at", kind="stable")
    code = rows["code"].to_numpy(dtype=np.float64)
    ours = ~rows["ok"].to_numpy(dtype=np.bool_) & (code < 500) & ~np.isin(code, OF_LOAD)
    if not len(ours) or not ours[-1]:
        return None
    first = len(ours) - int(np.argmin(ours[::-1])) if not ours.all() else 0
    tail = rows.iloc[first:]
    if len(tail) < LEAST or tail["code"].nunique() > 1:
        return None
    causes = tail["error"].astype(str).mode()
    return MappingFault(endpoint, int(code[-1]), str(causes.iloc[0]), len(tail), float(tail["at"].iloc[0]), first == 0)
