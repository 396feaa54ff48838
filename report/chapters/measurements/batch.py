"""The results of a batch."""

import math

from report.analysis.batch import Batch
from report.charts.registry import figures_of
from report.document.block import Block, Text
from report.document.model import plain
from report.document.table import Cell, Column, Table, table, words
from report.findings.batch import makespan_text
from report.text import quantity, rate, seconds, span
from report.validity.assessment import AssessedRun

POLLED = "is seen by polling every {}, so the makespan may read up to that much too long."
"""Said where the service tells no times."""


def batch_blocks(analysis: AssessedRun) -> tuple[Block, ...]:
    """The results of a batch."""
    if analysis.batch is None:
        return (Text(text="No job was submitted."),)
    return (_batch_table(analysis.batch, analysis.run.profile.clients.poll_every), *figures_of("results", analysis))


def _batch_table(batch: Batch, poll_every: float) -> Table:
    bounds = batch.makespan
    known = f" (at least {seconds(bounds.least)})" if math.isfinite(bounds.most) and not batch.by_timestamps else ""
    last = "the end of the last job" if batch.by_timestamps else "the last job seen done"
    ends = "is that of the service's own timestamps, as in the latency chapter." if batch.by_timestamps else POLLED
    rows: list[tuple[str, str, float, str]] = [
        ("Jobs in the batch", f"{batch.jobs:,}", batch.jobs, "as the profile asks"),
        ("Accepted", f"{batch.accepted:,}", batch.accepted, "submits that the service took"),
        ("Completed", f"{batch.completed:,}", batch.completed, "jobs that succeeded or failed"),
        ("Never seen done", f"{batch.unfinished:,}", batch.unfinished, "given up, lost, or open at the end"),
        ("Submitting", seconds(batch.submitting), batch.submitting, "first submit to last acceptance"),
        ("Submit rate", rate(batch.submit_rate), batch.submit_rate, "accepted / submitting"),
        ("Makespan", makespan_text(batch) + known, bounds.most, f"first submit to {last}"),
        ("Process rate", rate(batch.process_rate), batch.process_rate, f"completed / (first submit to {last})"),
    ]
    moved = (("Sent per job", batch.bytes_up), ("Received per job", batch.bytes_down))
    rows += [(name, quantity(size, "bytes"), size, "all its requests; the mean") for name, size in moved if size > 0]
    return table(
        "The batch",
        (Column(title="", words=True), words(*(name for name, *_ in rows))),
        (Column(title="Measured"), [Cell(text=text, value=plain(value)) for _, text, value, _ in rows]),
        (Column(title="Meaning", words=True), words(*(meaning for *_, meaning in rows))),
        note=f"The end of a job {ends.format(span(poll_every))}",
    )
