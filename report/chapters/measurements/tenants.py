"""How each tenant was served."""

import math
from collections.abc import Sequence

from report.analysis.tenants import TenantResult
from report.charts.registry import figures_of
from report.document.block import Block, Section
from report.document.table import Cell, Column, Table, column_of, table, words
from report.text import NONE, Unit, unit_of
from report.validity.assessment import AssessedRun

from .describe import described

PARTS = {"queue": "queue", "processing": "processing", "total": "total", "response": "response time, from due to their end"}
"""The parts of a job's time, in the order of their tables."""


def chapter(analysis: AssessedRun) -> Section | None:
    """How each tenant was served; no chapter where the profile has none."""
    if analysis.tenants is None:
        return None
    each = analysis.tenants.each
    times = [one for part in PARTS for result in each for one in result.times if one.name == part]
    parts = sorted({one.name for one in times}, key=list(PARTS).index)
    blocks: list[Block] = [_jobs(each, "" if analysis.batch else ", over all steps")]
    blocks += [
        described([one for one in times if one.name == part], f"Time of jobs by tenant: {PARTS[part]}", "Tenant", parts=False)
        for part in parts
    ]
    return Section(id="tenants", title="Tenants", blocks=(*blocks, *figures_of("tenants", analysis)))


def _jobs(each: Sequence[TenantResult], over: str) -> Table:
    outcomes = [name for name in each[0].outcomes if name == "succeeded" or any(result.outcomes[name] for result in each)]
    up, sent = column_of([result.bytes_up for result in each], "bytes")
    down, received = column_of([result.bytes_down for result in each], "bytes")
    waits = unit_of([end for result in each for end in (result.longest.least, result.longest.most)], "seconds")
    return table(
        f"Jobs of each tenant{over}",
        (Column(title="Tenant", words=True), words(*(result.name for result in each))),
        (Column(title="Jobs"), column_of([result.jobs for result in each], "number")[1]),
        *(
            (Column(title=name.replace("_", " ").capitalize()), column_of([r.outcomes[name] for r in each], "number")[1])
            for name in outcomes
        ),
        (Column(title="Sent", unit=up.symbol), sent),
        (Column(title="Received", unit=down.symbol), received),
        (Column(title="Longest", unit=f"due to done, {waits.symbol}"), [_longest(result, waits) for result in each]),
        note=(
            "Longest: from the moment a job was due to its end, of the job that took longest, as far as is known; a job "
            "never seen done counts with its age when it was last seen."
        ),
    )


def _longest(result: TenantResult, unit: Unit) -> Cell:
    least, most = result.longest.least, result.longest.most
    if math.isnan(most):
        return Cell(text=NONE)
    if math.isinf(most):
        return Cell(text=f"over {unit.text(least)}", value=least)
    if unit.text(least) == unit.text(most):
        return Cell(text=unit.text(most), value=most)
    return Cell(text=unit.range(least, most), value=most)
