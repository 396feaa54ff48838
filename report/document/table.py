"""Tables, built column by column: each cell is the text that is printed and the number behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from report.stats.intervals import Interval
from report.text import NONE, Unit, unit_of

from .model import Level, Model, Number, plain


class Cell(Model):
    """One cell: what is printed, and the number behind it (None: there is none, or it isn't one)."""

    text: str
    value: Number = None


class Column(Model):
    """One column; `unit` stands under its title. Words are set left, numbers right."""

    title: str
    unit: str = ""
    words: bool = False


class Table(Model):
    """A table; `marks` colours a row by how good it is ("" leaves it).

    Documents print the first `printed` rows (0: all) and then those of `rest`, which sum the others up; report.json has all.
    """

    kind: Literal["table"] = "table"
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    marks: tuple[Level | Literal[""], ...] = ()
    note: str = ""
    printed: int = Field(0, exclude_if=lambda value: not value)
    rest: tuple[tuple[Cell, ...], ...] = Field((), exclude_if=lambda value: not value)

    @property
    def lines(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows that documents print."""
        return (*self.rows[: self.printed or None], *self.rest)


def words(*texts: object) -> tuple[Cell, ...]:
    """Cells that hold words."""
    return tuple(Cell(text=str(text)) for text in texts)


def numbers(values: Sequence[Number], unit: Unit) -> list[Cell]:
    """Cells of one unit."""
    return [Cell(text=unit.text(value), value=plain(value)) for value in values]


def ranges(intervals: Sequence[Interval | None], unit: Unit) -> list[Cell]:
    """Cells that hold ranges of one unit, and how wide they are; a dash where there is none."""
    return [
        Cell(text=unit.range(one.low, one.high), value=one.high - one.low) if one and one.known else Cell(text=NONE)
        for one in intervals
    ]


def column_of(values: Iterable[Number], dimension: str) -> tuple[Unit, list[Cell]]:
    """A column's unit, chosen by all its values, and its cells."""
    held = list(values)
    unit = unit_of(held, dimension)
    return unit, numbers(held, unit)


def table(title: str, *columns: tuple[Column, Sequence[Cell]], marks: Sequence[Level | str] = (), note: str = "") -> Table:
    """A table of columns of equal length."""
    rows = tuple(zip(*(cells for _, cells in columns), strict=True))
    return Table.model_validate(
        {"title": title, "columns": tuple(c for c, _ in columns), "rows": rows, "marks": tuple(marks), "note": note}
    )
