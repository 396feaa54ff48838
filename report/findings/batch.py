"""What was found of a batch, in words."""

import math
from collections.abc import Iterator

from report.analysis.batch import Batch
from report.analysis.run import Analysis
from report.document.finding import Finding, Source
from report.document.model import Level, plain
from report.text import count_of, rate, seconds

from .evidence import in_run


def throughput(analysis: Analysis) -> Iterator[Finding]:
    """How fast a batch was worked off."""
    if analysis.run.profile.batch is not None:
        yield _throughput(analysis.batch, in_run(analysis.run, "overview", "in_flight"))


def makespan_text(batch: Batch) -> str:
    """How long the batch took, as far as is known."""
    if math.isinf(batch.makespan.most):
        return f"more than {seconds(batch.makespan.least)}"
    return seconds(batch.makespan.most)


def _throughput(batch: Batch | None, seen: Source) -> Finding:
    subject = "Throughput"
    if batch is None:
        return Finding(level="note", subject=subject, sentence="Not known: no job was submitted.", source=seen)
    done = batch.completed == batch.submitted == batch.jobs
    level: Level = "bad" if not done or batch.failed == batch.jobs else "warning" if batch.failed else "good"
    makespan = "makespan, by the service's clock" if batch.by_timestamps else "makespan"
    said = (
        f"{_how_many(batch)} in {makespan_text(batch)} from the first submit ({makespan}): {rate(batch.process_rate)}. "
        f"Submitting alone went at {rate(batch.submit_rate)} and took {seconds(batch.submitting)}."
    )
    figures = {
        "jobs": batch.jobs,
        "completed": batch.completed,
        "failed": batch.failed,
        "submit_rate": batch.submit_rate,
        "process_rate": batch.process_rate,
        "makespan_s": batch.makespan.most,
    }
    shown = {name: plain(value) for name, value in figures.items()}
    return Finding(
        level=level,
        subject=subject,
        sentence=said,
        numbers=shown,
        intervals={"makespan_s": (plain(batch.makespan.least), plain(batch.makespan.most))} if batch.completed else {},
        evidence=_missing(batch),
        source=seen,
    )


def _how_many(batch: Batch) -> str:
    failed = f", {'all' if batch.failed == batch.completed else f'{batch.failed:,}'} of them failed," if batch.failed else ""
    if batch.completed == batch.jobs:
        return f"The service completed {'the one job' if batch.jobs == 1 else f'all {batch.jobs:,} jobs'}{failed}"
    return f"The service completed {batch.completed:,} of {count_of(batch.jobs, 'job')}{failed}"


def _missing(batch: Batch) -> str:
    refused = batch.submitted - batch.accepted
    left = batch.jobs - batch.submitted
    parts = [
        f"{count_of(left, 'job was', 'jobs were')} never submitted" if left else "",
        f"{count_of(refused, 'submit was', 'submits were')} not accepted" if refused else "",
        f"{count_of(batch.unfinished, 'job was', 'jobs were')} never seen done" if batch.unfinished else "",
    ]
    said = "; ".join(filter(None, parts))
    return f"{said}." if said else ""
