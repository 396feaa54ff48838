"""Check of the recording as a whole: do the times of the jobs and the counts of the generators tell the same story?"""

from collections.abc import Iterator

import numpy as np

from report.analysis.holds import column
from report.analysis.resources import GENERATOR
from report.analysis.run import Analysis
from report.rules.history import OPEN_JOBS
from report.stats.littles_law import ALARM, GeneratorCounts, flying_of
from report.text import number, share

from .check import Check

LEAST = 30
"""Samples of each generator, below which they tell nothing."""


def little(analysis: Analysis) -> Iterator[Check]:
    """Jobs in flight by the times of the jobs (Little's law) against those that the generators counted."""
    told = list(_told(analysis))
    if not told or min(len(each.jobs) for each in told) < LEAST:
        return
    start, end = min(float(each.moments[0]) for each in told), max(float(each.moments[-1]) for each in told)
    seen = flying_of(told, start, end)
    numbers = {"mean": seen.mean, "counted": seen.counted, "sampled": seen.sampled, "apart": seen.apart}
    said = (
        f"Jobs in flight at each second: {number(seen.counted)} on average by the times of the jobs, {number(seen.sampled)} as "
        f"the generators counted them, {share(seen.apart)} apart"
    )
    if seen.agree:
        yield Check("Little's law", "ok", f"{said}.", numbers)
    else:
        remedy = "Rows of jobs were lost, or recorded twice: find out which before using the times of jobs."
        yield Check("Little's law", "qualified", f"{said}, where {share(ALARM)} is allowed.", numbers, remedy)


def _told(analysis: Analysis) -> Iterator[GeneratorCounts]:
    """Each load generator that counted its jobs in flight."""
    run = analysis.run
    samples = run.samples[run.samples["metric"] == OPEN_JOBS]
    ended = np.where((run.jobs["outcome"] == "abandoned").to_numpy(), np.inf, column(run.jobs, "ended"))
    worker, sent = run.jobs["worker"].to_numpy(), column(run.jobs, "sent")
    for source, rows in samples.groupby("source", observed=True):
        if str(source).startswith(GENERATOR):
            own = worker == int(str(source).removeprefix(GENERATOR))
            yield GeneratorCounts(np.sort(sent[own]), np.sort(ended[own]), column(rows, "t"), column(rows, "value"))
