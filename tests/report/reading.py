"""Reads the numbers out of a report's words and tables, as a reader would, to hold them against each other."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from report.document.block import Facts, Findings, Items, Section, Text
from report.document.finding import Finding
from report.document.report import Report
from report.document.table import Cell, Column, Table

UNITS = {
    "ms": ("seconds", 1e-3), "s": ("seconds", 1.0), "min": ("seconds", 60.0), "h": ("seconds", 3600.0), "days": ("seconds", 86400.0),
    "%": ("share", 0.01), "B": ("bytes", 1.0), "KB": ("bytes", 1e3), "MB": ("bytes", 1e6), "GB": ("bytes", 1e9),
    "jobs/s": ("rate", 1.0), "requests/s": ("rate", 1.0), "/s": ("rate", 1.0),
    "clients": ("number", 1.0), "client": ("number", 1.0), "jobs": ("number", 1.0), "job": ("number", 1.0),
    "requests": ("number", 1.0), "steps": ("number", 1.0), "times": ("number", 1.0),
}  # fmt: skip
"""Units that a number in a sentence may have, with what they measure and how much of it."""
NUMBER = r"[<>]?\s?[−+±]?\d[\d,]*(?:\.\d+)?"
TOLD = re.compile(
    rf"(?<![\w.,:/−])(?P<low>{NUMBER})(?: to (?P<high>{NUMBER}))? ?(?P<unit>{'|'.join(sorted(UNITS, key=len, reverse=True))})(?![\w/])"
)
SPAN = re.compile(r"(?<![\w.,])(?:(\d+) h )?(\d+) min(?: (\d+) s)?(?!\w)")


@dataclass(frozen=True)
class Told:
    """A number as it is printed, in seconds, bytes, shares or per second, and how much its rounding leaves open."""

    text: str
    dimension: str
    value: float
    slack: float

    def is_(self, value: float) -> bool:
        """Whether this is how `value` reads."""
        return abs(abs(value) - self.value) <= self.slack * (1 + 1e-6) + 1e-9


def told_in(text: str, unit: str = "") -> Iterator[Told]:
    """Every number with a unit in a text; `unit`: that of a column, for cells that have but the number."""
    for found in SPAN.finditer(text):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        yield Told(found[0], "seconds", hours * 3600 + minutes * 60 + seconds, 30.0 if found[1] else 0.5)
    rest = SPAN.sub(" ", text)
    for found in TOLD.finditer(rest):
        yield from (_one(number, found["unit"]) for number in (found["low"], found["high"]) if number)
    if unit and not TOLD.search(rest):
        yield from (_one(number, unit) for number in re.findall(NUMBER, rest))


def _one(number: str, unit: str) -> Told:
    dimension, factor = UNITS.get(unit, ("number", 1.0))
    digits = re.sub(r"[^\d.]", "", number)
    decimals = len(digits.partition(".")[2])
    return Told(f"{number} {unit}", dimension, float(digits) * factor, 0.5 * factor * 10.0**-decimals)


def findings_of(report: Report) -> Iterator[Finding]:
    """Every finding of a report."""
    yield from (*report.reasons, *report.answers, *report.findings)
    for block in blocks_of(report.sections):
        if isinstance(block, Findings):
            yield from block.findings


def blocks_of(sections: Iterable[Section]) -> Iterator[object]:
    """The blocks of chapters."""
    return (block for section in sections for block in section.blocks)


def tables_of(report: Report) -> list[Table]:
    """Every table of a report."""
    return [block for block in blocks_of(report.sections) if isinstance(block, Table)]


def table(report: Report, title: str) -> Table:
    """The table of this title."""
    return next(found for found in tables_of(report) if found.title == title)


def column(of: Table, title: str) -> list[Cell]:
    """The cells of the first column of this title."""
    place = [each.title for each in of.columns].index(title)
    return [row[place] for row in of.rows]


def unit_of_column(column: Column) -> str:
    """The unit that stands under its title or in it: "p99, ms" and "Median, ms" are ms."""
    words = re.split(r"[ ,()]+", f"{column.title} {column.unit}")
    return next((word for word in words if word in UNITS), "")


def words_of(report: Report) -> Iterator[str]:
    """Every text that stepload wrote itself: no code, and nothing that the profile or the service said."""
    for found in findings_of(report):
        yield from filter(None, (found.sentence, found.evidence, found.remedy))
    for block in blocks_of(report.sections):
        match block:
            case Text():
                yield block.text
            case Items():
                yield from block.items
            case Facts():
                yield from (fact for _, fact in block.facts)
            case Table():
                yield block.note
                yield from (cell.text for row in block.rows for cell in row)
    yield from (chart.caption for chart in report.charts)
