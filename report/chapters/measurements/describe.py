"""A table that describes durations: mean, spread and quantiles."""

from collections.abc import Sequence

from report.analysis.latency import Described
from report.document.table import Cell, Column, Table, numbers, table, words
from report.text import unit_of


def described(rows: Sequence[Described], title: str, kind: str, parts: bool = True) -> Table:
    """A describe table of durations; `kind` heads the column of what they are told apart by."""
    fields = ("mean", "std", "min", "q25", "q50", "q75", "p95", "max")
    titles = ("Mean", "Std", "Min", "25 %", "50 %", "75 %", "p95", "Max")
    unit = unit_of([getattr(row, name) for row in rows for name in ("mean", "max")], "seconds")
    values = [
        (Column(title=t, unit=unit.symbol), numbers([getattr(row, n) for row in rows], unit))
        for t, n in zip(titles, fields, strict=True)
    ]
    return table(
        title,
        *([(Column(title="", words=True), words(*(row.name for row in rows)))] if parts else []),
        (Column(title=kind, words=True), words(*(row.kind for row in rows))),
        (Column(title="Count"), [Cell(text=f"{row.count:,}", value=row.count) for row in rows]),
        *values,
    )
