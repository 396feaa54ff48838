"""The idle level: what was sampled before and after the load, while nothing was asked of the service."""

import numpy as np
import pandas as pd

from report.measure import Samples
from report.recording.events import IdleEnd, IdleStart
from report.recording.run import Run
from report.stats.unloaded import Idle

OPEN = ("timed_out", "lost", "abandoned")
"""Jobs that were never seen to end."""


def idle_of(run: Run) -> Idle | None:
    """What was sampled while nothing was asked; None where the run has no such time before its load."""
    spans = {event.when: [event.t, np.inf] for event in run.events if isinstance(event, IdleStart)}
    for event in run.events:
        if isinstance(event, IdleEnd) and event.when in spans:
            spans[event.when][1] = event.t
    if "before" not in spans:
        return None
    before, after = (_between(run.samples, *spans.get(when, (np.inf, np.inf))) for when in ("before", "after"))
    accepted = int(run.jobs["accepted"].notna().sum())
    return Idle(before, after, accepted, int(run.jobs["outcome"].isin(OPEN).sum()))


def samples_by_name(samples: pd.DataFrame) -> Samples:
    """Values by source and metric, in the order of the rows."""
    grouped = samples.groupby(["source", "metric"], observed=True)["value"]
    return {(str(s), str(m)): np.asarray(values, dtype=np.float64) for (s, m), values in grouped}


def _between(samples: pd.DataFrame, start: float, end: float) -> Samples:
    return samples_by_name(samples[(samples["t"] >= start) & (samples["t"] < end)])
