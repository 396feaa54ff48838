"""The unloaded service in words, and in a table: what it took, and how many times as long under load."""

import math
from collections.abc import Iterator

from report.analysis.unloaded import Alone, Baseline
from report.document.finding import Finding
from report.document.model import Number
from report.document.table import Cell, Column, Table, numbers, table, words
from report.stats.unloaded import LEAST
from report.text import NONE, Unit, between, listed, number, seconds, span, unit_of


def with_unloaded(finding: Finding, baseline: Baseline | None) -> Finding:
    """The same, and what the unloaded service took, where that is known."""
    told = list(_told(baseline)) if baseline else []
    if not told or baseline is None:
        return finding
    said = f"Unloaded, one job at a time, {listed(told)}{_factor(baseline)}."
    rows = (baseline.job, *baseline.requests)
    figures = {f"unloaded_{alone.name}": alone.level.median for alone in rows if alone.level}
    if not math.isnan(baseline.job.factor):
        figures["job_factor"] = baseline.job.factor
    known: dict[str, tuple[Number, Number]] = {
        f"unloaded_{alone.name}": (alone.level.low, alone.level.high) for alone in rows if alone.level
    }
    sure = baseline.job.factor_between
    if sure:
        known["job_factor"] = sure
    evidence = f"{finding.evidence} {_sure(*sure)}".strip() if sure else finding.evidence
    update = {"sentence": f"{finding.sentence} {said}", "numbers": finding.numbers | figures, "evidence": evidence}
    return finding.model_copy(update=update | {"intervals": finding.intervals | known})


def unloaded_table(baseline: Baseline) -> Table:
    """Every endpoint and the jobs, unloaded and in a step."""
    rows = [baseline.job, *baseline.requests]
    levels = [alone.level.median if alone.level else None for alone in rows]
    unit = unit_of([*levels, *(alone.loaded for alone in rows)], "seconds")
    step = f"in step {baseline.against.number}" if baseline.against else "under load"
    few = f" A dash: fewer than {LEAST}, which are the least." if None in levels else ""
    few += " The jobs are too short for their polls to tell how many times as long." if baseline.job.blur else ""
    return table(
        "The unloaded service, and the same under load",
        (Column(title="", words=True), words(*(alone.name for alone in rows))),
        (Column(title="Count", unit="unloaded"), [Cell(text=f"{alone.n:,}", value=alone.n) for alone in rows]),
        (Column(title=f"Median, {unit.symbol}", unit="unloaded"), numbers(levels, unit)),
        (Column(title="Between", unit=f"90 %, {unit.symbol}"), [_between(alone, unit) for alone in rows]),
        (Column(title=f"Median, {unit.symbol}", unit=step), numbers([alone.loaded for alone in rows], unit)),
        (Column(title="Times", unit="as long"), [_times(alone) for alone in rows]),
        note=f"Unloaded: one job at a time for {span(baseline.hold.seconds)}, before the first step. Between: where the true "
        f"median lies, by the sign test.{few}",
    )


def _told(baseline: Baseline) -> Iterator[str]:
    job, status = baseline.job, next((alone for alone in baseline.requests if alone.name == "status"), None)
    if job.level:
        told = f"{between(job.level.low, job.level.high, 'seconds')}, which is all that polls tell"
        yield f"a job took {told if job.blur else seconds(job.level.median)} (median of {job.n:,})"
    if status and status.level:
        yield f"a status request {'' if job.level else 'took '}{seconds(status.level.median)}"


def _factor(baseline: Baseline) -> str:
    if math.isnan(baseline.job.factor) or baseline.against is None:
        return ""
    which = ", the last sustained," if baseline.against.sustained else ""
    return f"; in step {baseline.against.number}{which} a job took {number(baseline.job.factor)} times as long"


def _sure(low: float, high: float) -> str:
    return f"Jobs under load took {between(low, high, 'number')} times as long as unloaded ones."


def _between(alone: Alone, unit: Unit) -> Cell:
    if alone.level is None:
        return Cell(text=NONE)
    return Cell(text=unit.range(alone.level.low, alone.level.high), value=alone.level.high - alone.level.low)


def _times(alone: Alone) -> Cell:
    return Cell(text=NONE) if math.isnan(alone.factor) else Cell(text=number(alone.factor), value=alone.factor)
