"""Check of the baseline: did its jobs have the service to themselves, and were they enough?"""

import math
from collections.abc import Iterator

from report.analysis.run import Analysis
from report.analysis.unloaded import Baseline
from report.stats.sequential import against_unloaded
from report.stats.unloaded import LEAST, Unloaded
from report.text import count_of, listed, number, seconds, span

from .check import Check

WAITED = 0.25
"""Seconds: jobs that are alone and wait for longer than this, and than they run, waited for others."""
BUSY = 0.7
"""A load average per core above this, before the first job, is not that of an idle machine."""
SLOWER = 1.25
"""Nothing is faster under load: jobs that took so many times as long before it had company, or found everything cold."""
MORE = 1.2
"""A longer baseline is proposed with so much to spare."""


def idle(analysis: Analysis) -> Iterator[Check]:
    baseline = analysis.baseline
    if baseline is None:
        return
    job, numbers = baseline.job, _numbers(baseline)
    if job.level is None:
        said = (
            f"The baseline of {span(baseline.hold.seconds)} saw {count_of(job.n, 'job')} to the end, where {LEAST} are the "
            "least to know the unloaded service by: no job time is held against it."
        )
        needed = span(math.ceil(MORE * baseline.hold.seconds * LEAST / max(1, job.n)))
        remedy = f"Make load.baseline longer (about {needed}), or clients.poll_every shorter."
        yield Check("Baseline", "note", said, numbers, remedy)
    signs = list(_signs(baseline))
    if signs:
        said = f"The service was not idle during the baseline: {listed(signs)}. So unloaded it may be faster than that."
        remedy = "Run it again when nobody else uses the service, and let what was done before end first."
        yield Check("Baseline", "qualified", said, numbers, remedy)
    elif job.level is not None:
        said = f"One job at a time, {count_of(job.n, 'job')} had the service to themselves: nothing shows that others used it."
        yield Check("Baseline", "ok", said, numbers)
    if job.level is not None and job.blur:
        yield _blurred(job.level, job.blur)


def _signs(baseline: Baseline) -> Iterator[str]:
    """What shows that others used the service, or its machine."""
    if baseline.queue > max(WAITED, baseline.processing):
        yield (
            f"half of its jobs waited for more than {seconds(baseline.queue)} before they were started, though each was the only "
            f"one, and ran for {seconds(baseline.processing)}"
        )
    if baseline.busy > BUSY:
        yield f"the load average of the target's machine was {number(baseline.busy)} per core before the first job"
    if baseline.job.level and baseline.job.level.low > SLOWER * baseline.first:
        yield f"its jobs took {seconds(baseline.job.level.median)} (median), those of the first step {seconds(baseline.first)}"


def _blurred(level: Unloaded, every: float) -> Check:
    """Jobs shorter than the pause between polls, of a service that tells no times of its own."""
    limit = against_unloaded(math.nan, level.high, every).limit
    said = (
        f"The service tells no times of its own, and its jobs are shorter than the {seconds(every)} between two polls: their "
        f"unloaded median lies between {seconds(level.low)} and {seconds(level.high)}. Held against that, the jobs of a step are "
        f"called slow only above {seconds(limit)}."
    )
    remedy = "Make clients.poll_every shorter, or, if the service does tell its times, say where in api.times."
    return Check("Polling", "note", said, {"job_low_s": level.low, "job_high_s": level.high, "limit_s": limit}, remedy)


def _numbers(baseline: Baseline) -> dict[str, float]:
    return {
        "jobs": baseline.job.n,
        "job_s": baseline.job.level.median if baseline.job.level else math.nan,
        "queue_s": baseline.queue,
        "load1_per_core": baseline.busy,
    }
