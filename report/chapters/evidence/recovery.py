"""How fast the service was as before, after the load fell."""

from collections.abc import Sequence

from report.analysis.recovery import Recovered
from report.charts.registry import figures_of
from report.document.block import Findings, Section
from report.document.table import Cell, Column, Table, column_of, table, words
from report.findings.recovery import SUBJECT, cause, recovery_findings
from report.stats.recovery import JOBS, SLOWER, WINDOWS, Shift
from report.text import NONE, between, moment, number, span
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
    p90s, p90_cells = column_of([normal.p90 if normal else None for _, _, normal in results], "seconds")
    return table(
        "How long it took until all was as before",
        (Column(title="At", words=True), [Cell(text=moment(one.moment), value=one.moment) for one in recoveries]),
        (Column(title="After", words=True), words(*(cause(one) for one in recoveries))),
        (Column(title="Before", unit="step"), [Cell(text=str(one.before or NONE), value=one.before) for one in recoveries]),
        (Column(title="p90 of a job", unit=f"before, {p90s.symbol}"), p90_cells),
        (Column(title="As before", unit="after, s"), [_after(result.seconds if result else None) for _, result, _ in results]),
        (Column(title="Backlog gone", unit="after, s"), [_after(one.gone) for one in recoveries]),
        (Column(title="Median since", unit="to before"), [_shift(result.shift if result else None) for _, result, _ in results]),
        note=(
            f"As before: the first of {WINDOWS} submission windows of {span(recoveries[0].window)} in a row, each of at least "
            f"{JOBS} jobs, whose p90 is at most {SLOWER:g} times that of the same load before, with no more failures and no more "
            "jobs in flight than then; times of jobs last until polls saw them done. Backlog gone: jobs in flight first at or "
            "below their p95 before. In brackets: 95 % interval."
        ),
    )


def _after(value: float | None) -> Cell:
    """Windows begin at whole seconds, so no more is known."""
    return Cell(text=NONE if value is None else number(round(value)), value=value)


def _shift(shift: Shift | None) -> Cell:
    if shift is None:
        return Cell(text=NONE)
    return Cell(text=f"{number(shift.ratio)} ({between(shift.low, shift.high, 'number')})", value=shift.ratio)
