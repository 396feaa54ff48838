"""Numbers and times as other tools write them, read where it is certain what they mean."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from .input_file import InputFile, quoted

Mark = Literal[".", ","]

COMMA = re.compile(r"[-+]?(0,\d+|\d+,(\d{1,2}|\d{4,})|\d{4,},\d+|\d{1,3}(\.\d{3})+,\d+)([eE][-+]?\d+)?")
"""Numbers whose comma can be nothing but the decimal mark."""
POINT = re.compile(r"[-+]?(0\.\d+|\d+\.(\d{1,2}|\d{4,})|\d{4,}\.\d+|\d{1,3}(,\d{3})+\.\d+)([eE][-+]?\d+)?")
"""Numbers whose point can be nothing but the decimal mark."""
PLAIN = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?|[-+]?\.\d+")
EMPTY = {"", "n/a", "na", "nan", "-", "none", "null"}
"""What stands in a cell that holds no number."""
UNITS = ((1e8, 1e11, 1.0), (1e11, 1e14, 1e-3), (1e14, 1e17, 1e-6), (1e17, 1e20, 1e-9))
"""From, below, seconds: in which unit a time since 1970 stands. Each range is within the years 1973 and 5138."""


@dataclass(frozen=True)
class Cells:
    """The cells of one file: where they stand, and which decimal mark they use."""

    file: InputFile
    mark: Mark

    def number(self, text: str, row: int, column: str) -> float:
        """A finite number, not below zero. Raises UserError."""
        value = self.number_or_none(text, row, column)
        if value is None:
            raise self.file.fault("is blank; allowed: a number", row, column)
        return value

    def number_or_none(self, text: str, row: int, column: str, whole: bool = False) -> float | None:
        """The same, None for a blank cell or N/A."""
        text = text.strip()
        if text.lower() in EMPTY:
            return None
        plain = self._plain(text, whole)
        if plain is None or not PLAIN.fullmatch(plain):
            raise self.file.fault(f"{quoted(text)}; allowed: a number{' like 1234.5' * (plain is None)}", row, column)
        value = float(plain)
        if not 0 <= value < 1e300:
            raise self.file.fault(f"{quoted(text)}; allowed: a number from 0 on", row, column)
        return value

    def count(self, text: str, row: int, column: str) -> int:
        """A whole number. Raises UserError."""
        value = self.number_or_none(text, row, column, whole=True)
        if value is None or value != int(value):
            raise self.file.fault(f"{quoted(text)}; allowed: a whole number", row, column)
        return int(value)

    def _plain(self, text: str, whole: bool) -> str | None:
        """The number with a point and without thousands' marks; None where a mark may mean either."""
        thousands = "." if self.mark == "," else ","
        if re.fullmatch(rf"[-+]?\d{{1,3}}(\{thousands}\d{{3}})+", text):
            return text.replace(thousands, "") if whole or thousands == "." else None
        if thousands in text and self.mark in text:
            text = text.replace(thousands, "")
        return text.replace(",", ".") if self.mark == "," else text


def decimal_mark(file: InputFile, cells: Iterable[tuple[int, str, str]]) -> Mark:
    """The decimal mark that the (row, column, text) of a file use, the point unless a cell can only be read with a comma.
    Raises UserError where cells disagree."""
    comma = point = None
    for row, column, text in cells:
        if comma is None and COMMA.fullmatch(text.strip()):
            comma = row, column, text
        elif point is None and POINT.fullmatch(text.strip()):
            point = row, column, text
        if comma and point:
            row, column, text = max(comma, point)
            raise file.fault(f"{quoted(text)}; other rows use another decimal mark", row, column)
    return "," if comma else "."


def epoch_unit(value: float) -> float | None:
    """Seconds of the unit in which a time since 1970 of this size stands; None for one that is too small or too large."""
    return next((unit for low, high, unit in UNITS if low <= value < high), None)


def epoch_of(text: str) -> float | None:
    """Epoch seconds of a time as text: ISO 8601 (UTC where it names no zone), or 2026/11/27 12:00:00.123; None for another."""
    text = re.sub(r"(\.\d{6})\d+", r"\1", text.strip().replace("/", "-").replace(",", "."))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
