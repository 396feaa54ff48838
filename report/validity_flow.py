"""Check of the recording as a whole: do the times of the jobs and the counts of the generators tell the same story?"""

from collections.abc import Iterator

import numpy as np

from .checking import Check, Facts
from .history import OPEN_JOBS
from .holds import column
from .resources import GENERATOR
from .stats_little import ALARM, flying_of
from .text import number, share

LEAST = 30
"""Samples of each generator, below which they tell nothing."""


def little(facts: Facts) -> Iterator[Check]:
    """Jobs in flight by Little's law against those that the generators counted, from the first job to the last second."""
    run = facts.run
    samples = run.samples[(run.samples["metric"] == OPEN_JOBS) & run.samples["source"].str.startswith(GENERATOR)]
    if samples.empty:
        return
    start, end = float(samples["t"].min()), float(samples["t"].max())
    told = [column(rows, "value") for _, rows in samples.groupby("source", observed=True)]
    ended = np.where((run.jobs["outcome"] == "abandoned").to_numpy(), np.inf, column(run.jobs, "ended"))
    if min(map(len, told)) < LEAST or end <= start:
        return
    seen = flying_of(column(run.jobs, "sent"), ended, told, start, end)
    numbers = {"counted": seen.counted, "sampled": seen.sampled, "apart": seen.apart}
    said = (
        f"By the times of the jobs {number(seen.counted)} were in flight on average, by the generators' own count "
        f"{number(seen.sampled)}: {share(seen.apart)} apart"
    )
    if seen.agree:
        yield Check("Little's law", "ok", f"{said}.", numbers)
    else:
        remedy = "Events were lost, or jobs recorded twice: find out which before using the times of jobs."
        yield Check("Little's law", "qualified", f"{said}, where {share(ALARM)} is allowed.", numbers, remedy)
