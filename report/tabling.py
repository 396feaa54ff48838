"""Tables, built column by column."""

from collections.abc import Sequence

from .document import Cell, Column, Level, Table


def table(title: str, *columns: tuple[Column, Sequence[Cell]], marks: Sequence[Level | str] = (), note: str = "") -> Table:
    """A table of columns of equal length."""
    rows = tuple(zip(*(cells for _, cells in columns), strict=True))
    return Table.model_validate(
        {"title": title, "columns": tuple(c for c, _ in columns), "rows": rows, "marks": tuple(marks), "note": note}
    )
