"""The report as data: what report.json holds, and all that the documents are rendered from.

Numbers are in seconds, bytes, shares and per second (`value`), beside the text that the documents print.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from .text import Unit, count_of, listed, moment, unit_of

FORMAT = 1
Level = Literal["good", "note", "warning", "bad"]
Number = float | int | None
HEAD, SMALL = 110, 0.73
"""Letters that the head and the frame of an answer are as high as, and the height of a letter of its evidence."""
GRAVITY: tuple[Level, ...] = ("bad", "warning", "note", "good")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class Rows(_Model):
    """So many rows of a raw file; `which`: what they have in common, if they aren't all of a step or window."""

    file: Literal["jobs.csv", "requests.csv", "samples.csv"]
    count: int
    which: str = ""

    @property
    def text(self) -> str:
        """In words: "396 jobs", "3 jobs (jobs.csv, outcome lost)"."""
        counted = count_of(self.count, self.file.removesuffix("s.csv"))
        return f"{counted} ({self.file}, {self.which})" if self.which else counted


class Shown(_Model):
    """A figure that shows something: its name is that of its file (figures/NAME.svg), its number the one in the documents."""

    name: str
    number: int = 0

    @property
    def text(self) -> str:
        """What the documents call it."""
        return f"Figure {self.number}"


class Source(_Model):
    """Where in the run a finding can be seen: steps, window (seconds since the start), rows, figures."""

    steps: tuple[int, ...] = ()
    window: tuple[float, float] | None = None
    rows: tuple[Rows, ...] = ()
    figures: tuple[Shown, ...] = ()

    @property
    def text(self) -> str:
        """All but the figures, in words; empty if nothing is named."""
        steps = f"step{'s' * (len(self.steps) > 1)} {_runs(self.steps)}" if self.steps else ""
        window = f"{moment(self.window[0])} to {moment(self.window[1])}" if self.window else ""
        return ", ".join(filter(None, (steps, window, *(rows.text for rows in self.rows))))


def _runs(steps: Sequence[int]) -> str:
    """Numbers of steps, in order: "2", "1 and 3", "1 to 4"."""
    whole = len(steps) > 2 and steps[-1] - steps[0] == len(steps) - 1
    return f"{steps[0]} to {steps[-1]}" if whole else listed(map(str, steps))


class Finding(_Model):
    """One thing found: how grave it is, the sentence, the numbers in it, what shows it, and what to do about it.

    `intervals`: (low, high) of those `numbers` that are estimates, by the same names, with 95 % confidence (medians of the
    unloaded service: 90 %, how many times as long it took under load: 85 %; the makespan of a batch: for sure). high is None
    where there is no upper end.
    """

    level: Level
    subject: str
    sentence: str
    numbers: dict[str, Number] = {}
    intervals: dict[str, tuple[Number, Number]] = {}
    evidence: str = ""
    source: Source = Source()
    remedy: str = ""


def gravest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By level; those of one level in the order given."""
    return tuple(sorted(findings, key=lambda finding: GRAVITY.index(finding.level)))


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

    @property
    def narrow(self) -> bool:
        """Whether its cells are so short that numbers would stand far from their names on a whole line."""
        return all(len(cell.text) < 32 for row in self.rows for cell in row)


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
    number: int = 0
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


class CapacityFigure(_Model):
    """A capacity in jobs per second.

    `method`: "saturation" (where throughput stops growing, with its 95 % interval) or "sustained" (the last step
    sustained, no interval). `clients`: the load at which it is reached. `at_least`: the true one may be higher.
    """

    value: float
    low: float | None = None
    high: float | None = None
    method: Literal["saturation", "sustained"]
    clients: int
    at_least: bool


class LoadFigure(_Model):
    """One of the three loads: jobs per second (`value`, with its 95 % interval where there is one) that so many `clients` make;
    None where it isn't known, for which its answer on page 1 gives the reason.

    `lower`, `upper`: numbers of the steps between which the true one lies. `because`: the rule or the limits that decide.
    """

    name: Literal["optimal", "within limits", "breaking point"]
    value: Number = None
    low: Number = None
    high: Number = None
    clients: int | None = None
    lower: int | None = None
    upper: int | None = None
    because: tuple[str, ...] = ()


class Report(_Model):
    """A report, or a comparison (`kind`), whose result stands in the place of `trust`.

    `trust` and its `reasons`, the `answers`, the gravest `findings` and the `hero` figure make page 1.
    """

    format: int = FORMAT
    kind: str = "Load test report"
    title: str
    run: str
    facts: tuple[tuple[str, str], ...]
    trust: Literal["VALID", "QUALIFIED", "INVALID", "IMPORTED", "REGRESSION", "IMPROVEMENT", "EQUIVALENT", "INCONCLUSIVE"]
    trust_sentence: str
    reasons: tuple[Finding, ...]
    answers: tuple[Finding, ...]
    findings: tuple[Finding, ...] = ()
    """What else was found, the gravest first; page 1 has the first few, a chapter has all."""
    hero: Chart | None
    sections: tuple[Section, ...]
    capacity: CapacityFigure | None = None
    """What an endurance run takes its share of; None where no capacity was found."""
    loads: tuple[LoadFigure, ...] = ()
    """Optimal, within limits, breaking point; empty where the load was not made to find them."""
    limits: tuple[str, ...] = ()
    """How each [[limit]] was judged: pass, warn, fail, undecided, not measured."""

    @property
    def first_reasons(self) -> tuple[Finding, ...]:
        """The reasons that page 1 has room for: the gravest three, notes only if there is nothing graver."""
        grave = tuple(reason for reason in self.reasons if reason.level != "note")
        return (grave or self.reasons)[:3]

    @property
    def first_findings(self) -> tuple[Finding, ...]:
        """The findings that page 1 has room for: at most three, and none that are mere notes."""
        return tuple(found for found in self.findings if found.level in ("bad", "warning"))[:3]

    @property
    def columns(self) -> tuple[tuple[Finding, ...], ...]:
        """The answers in the order of the questions, split where two columns of them are about as high."""
        lengths = [HEAD + len(a.sentence) + SMALL * len(a.evidence + a.source.text + a.remedy) for a in self.answers]
        cut = min(range(1, len(lengths) + 1), key=lambda i: max(sum(lengths[:i]), sum(lengths[i:])), default=0)
        return tuple(column for column in (self.answers[:cut], self.answers[cut:]) if column)

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
