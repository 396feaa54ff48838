"""The report as data: what report.json holds, and all that the documents are rendered from.

Numbers are in seconds, bytes, shares and per second (`value`), beside the text that the documents print.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from .text import Unit, unit_of

FORMAT = 1
Level = Literal["good", "note", "warning", "bad"]
Number = float | int | None


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class Finding(_Model):
    """One thing found: the sentence, the numbers in it, what shows it, and what to do about it."""

    level: Level
    subject: str
    sentence: str
    numbers: dict[str, Number] = {}
    evidence: str = ""
    remedy: str = ""


class Cell(_Model):
    """One cell: what is printed, and the number behind it (None: there is none, or it isn't one)."""

    text: str
    value: Number = None


class Column(_Model):
    """One column; `unit` stands under its title. Words are set left, numbers right."""

    title: str
    unit: str = ""
    words: bool = False


class Table(_Model):
    """A table; `marks` colours a row by how good it is ("" leaves it)."""

    kind: Literal["table"] = "table"
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    marks: tuple[Level | Literal[""], ...] = ()
    note: str = ""


class Text(_Model):
    """A paragraph."""

    kind: Literal["text"] = "text"
    text: str


class Items(_Model):
    """A list."""

    kind: Literal["items"] = "items"
    items: tuple[str, ...]


class Facts(_Model):
    """Names and what they stand for."""

    kind: Literal["facts"] = "facts"
    facts: tuple[tuple[str, str], ...]


class Code(_Model):
    """Text to be shown as it is."""

    kind: Literal["code"] = "code"
    text: str


class Findings(_Model):
    """Findings in full, with evidence and remedy."""

    kind: Literal["findings"] = "findings"
    findings: tuple[Finding, ...]


class Series(_Model):
    """One line, area or set of points of a chart. y is None where nothing was measured."""

    label: str
    role: str
    style: Literal["line", "area", "points", "dots", "dashed"] = "line"
    x: tuple[float, ...]
    y: tuple[float | None, ...]


class Panel(_Model):
    """One pair of axes; `dimension` of y is seconds, bytes, share, rate or number."""

    title: str
    dimension: str
    series: tuple[Series, ...]
    log: bool = False
    tall: bool = False


class Band(_Model):
    """A stretch of x that is shaded and labelled: a step of the load."""

    start: float
    end: float
    text: str
    level: Level


class Mark(_Model):
    """A moment or a value of x to be marked."""

    x: float
    text: str


class Chart(_Model):
    """A figure: panels that share x. x is time (s since the start), a percentile (0…1), or a plain number."""

    kind: Literal["chart"] = "chart"
    name: str
    title: str
    caption: str
    x_title: str
    x_scale: Literal["time", "percentile", "number"] = "time"
    panels: tuple[Panel, ...]
    bands: tuple[Band, ...] = ()
    marks: tuple[Mark, ...] = ()


Block = Annotated[Table | Text | Items | Facts | Code | Findings | Chart, Field(discriminator="kind")]


class Section(_Model):
    """A chapter."""

    id: str
    title: str
    blocks: tuple[Block, ...]


class Report(_Model):
    """A report. `trust` and its `reasons`, the `answers`, what `broke` first and the `hero` figure make page 1."""

    format: int = FORMAT
    title: str
    run: str
    facts: tuple[tuple[str, str], ...]
    trust: Literal["VALID", "QUALIFIED", "INVALID", "IMPORTED"]
    trust_sentence: str
    reasons: tuple[Finding, ...]
    answers: tuple[Finding, ...]
    broke: Finding | None
    hero: Chart | None
    sections: tuple[Section, ...]
    capacity: float | None = None
    """Jobs per second of the last sustained step, or None; what an endurance run takes its share of."""
    limits: tuple[str, ...] = ()
    """How each [[limit]] was judged: pass, warn, fail, undecided, not measured."""

    @property
    def first_reasons(self) -> tuple[Finding, ...]:
        """The reasons that page 1 has room for: the gravest three, notes only if there is nothing graver."""
        grave = tuple(reason for reason in self.reasons if reason.level != "note")
        return (grave or self.reasons)[:3]

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Every figure, in order."""
        inside = [block for section in self.sections for block in section.blocks if isinstance(block, Chart)]
        return tuple([self.hero, *inside] if self.hero else inside)


def words(*texts: object) -> tuple[Cell, ...]:
    """Cells that hold words."""
    return tuple(Cell(text=str(text)) for text in texts)


def numbers(values: Sequence[Number], unit: Unit) -> list[Cell]:
    """Cells of one unit."""
    return [Cell(text=unit.text(value), value=plain(value)) for value in values]


def column_of(values: Iterable[Number], dimension: str) -> tuple[Unit, list[Cell]]:
    """A column's unit, chosen by all its values, and its cells."""
    held = list(values)
    unit = unit_of(held, dimension)
    return unit, numbers(held, unit)


def plain(value: Number) -> Number:
    """The number, or None for what isn't one."""
    return None if value is None or not math.isfinite(value) else value
