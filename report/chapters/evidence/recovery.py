"""How fast the service was as before, after the load fell."""

from collections.abc import Sequence

from report.analysis.recovery import Recovered
from report.charts.registry import figures_of
from report.document.block import Findings, Section
from report.document.table import Cell, Column, Table, table, words
from report.findings.recovery import SUBJECT, cause, recovery_findings
from report.stats.recovery import JOBS, SLOWER, WINDOWS, Shift
from report.text import NONE, moment, seconds, span
from report.validity.assessment import AssessedRun


def chapter(analysis: AssessedRun) -> Section | None:
    """How fast the service was as before; no chapter where the load never fell."""
    recoveries = analysis.recoveries
    if not recoveries:
        return None
    said = Findings(findings=recovery_findings(recoveries, analysis.holds))
    return Section(id="recovery", title=SUBJECT, blocks=(said, *figures_of("recovery", analysis), _table(recoveries)))


def _table(recoveries: Sequence[Recovered]) -> Table:
    results = [(recovered, recovered.result, recovered.normal) for recovered in recoveries]
    return table(
        "How long it took until all was as before",
        (Column(title="At", words=True), [Cell(text=moment(one.moment), value=one.moment) for one in recoveries]),
        (Column(title="After", words=True), words(*(cause(one) for one in recoveries))),
        (Column(title="Before", unit="step"), [Cell(text=str(one.before or NONE), value=one.before) for one in recoveries]),
        (Column(title="p90 of a job", unit="before"), [_time(normal.p90 if normal else None) for _, _, normal in results]),
        (Column(title="As before", unit="after"), [_span(result.seconds if result else None) for _, result, _ in results]),
        (Column(title="Backlog gone", unit="after"), [_span(one.gone) for one in recoveries]),
        (Column(title="Median since", unit="to before"), [_shift(result.shift if result else None) for _, result, _ in results]),
        note=(
            f"As before: the first of {WINDOWS} submission windows of {span(recoveries[0].window)} in a row, each of at least "
            f"{JOBS} jobs, whose p90 is at most {SLOWER:g} times that of the same load before, with no more failures and no more "
            "jobs in flight than then; times of jobs last until polls saw them done. Backlog gone: jobs in flight first at or "
            "below their p95 before. In brackets: 95 % interval."
        ),
    )


def _time(value: float | None) -> Cell:
    return Cell(text=seconds(value), value=value)


def _span(value: float | None) -> Cell:
    return Cell(text=NONE if value is None else span(round(value)) or "0 s", value=value)


def _shift(shift: Shift | None) -> Cell:
    if shift is None:
        return Cell(text=NONE)
    return Cell(text=f"{shift.ratio:.2f} ({shift.low:.2f} … {shift.high:.2f})", value=shift.ratio)
