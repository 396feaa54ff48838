"""The rows of one of Locust's CSV files, whatever version or spreadsheet wrote them, under the names of today."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from report.importers.cells import Cells, decimal_mark
from report.importers.input_file import DELIMITERS, InputFile

ALIASES = {
    "Type": ("type", "method"),
    "Name": ("name",),
    "Request Count": ("request count", "# requests", "requests"),
    "Failure Count": ("failure count", "# failures", "# fails", "failures"),
    "Average Response Time": ("average response time", "average (ms)", "average"),
    "Requests/s": ("requests/s", "current rps", "rps", "req/s"),
    "Failures/s": ("failures/s", "requests failed/s", "current failures/s"),
    "Timestamp": ("timestamp",),
    "User Count": ("user count", "users"),
    "Error": ("error", "message"),
    "Occurrences": ("occurrences", "# occurrences"),
    "Traceback": ("traceback",),
}
"""Each column by the names that versions since 0.7 and the web page have given it, in lower case."""
KNOWN = {alias: name for name, aliases in ALIASES.items() for alias in aliases}
KINDS = {
    "history": ("Timestamp", "Name", "Requests/s"),
    "stats": ("Name", "Request Count", "Failure Count"),
    "failures": ("Name", "Error", "Occurrences"),
    "exceptions": ("Error", "Traceback"),
}
"""Columns that tell what a file holds; the first kind that has all of its columns."""
PERCENTILE = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%(?:ile)?(?: ?\(ms\))?")
TOTAL = ("Aggregated", "Total")
"""What the row over all requests is called, which has no type. Total: before Locust 0.13."""
MARKED = 1000
"""Rows that are looked at to learn the decimal mark; one that uses another is an error anyway."""


@dataclass(frozen=True)
class Row:
    """One row: its line in the file, and its cells by today's names."""

    line: int
    cells: dict[str, str]

    @property
    def is_total(self) -> bool:
        """Whether it sums up all requests: it alone has no type."""
        return self.cells["Name"].strip() in TOTAL and not self.cells.get("Type", "").strip()


@dataclass(frozen=True)
class LocustTable:
    """`kind` is a key of KINDS, `columns` are today's names of the file's columns ("" where Locust has none of that name)."""

    file: InputFile
    kind: str
    delimiter: str
    columns: tuple[str, ...]

    @property
    def ps(self) -> tuple[float, ...]:
        """The percentiles that it has, as shares, in their order."""
        return tuple(float(name[:-1]) / 100 for name in self.columns if name.endswith("%"))

    def rows(self, cut: bool = False) -> Iterator[Row]:
        """All rows; `cut`: a last one that lacks cells is left out, since a killed Locust may have left it. Raises UserError."""
        lines = self.file.rows(self.delimiter)
        _, header = next(lines)
        short: tuple[int, int] | None = None
        for line, cells in lines:
            if short:
                break
            if cells == header:
                raise self.file.fault("names the columns again: the files of several runs in one; give them one by one", line)
            if len(cells) > len(self.columns):
                raise self.file.fault(f"has {len(cells)} cells, the header {len(self.columns)}", line)
            if len(cells) < len(self.columns):
                short = line, len(cells)
                continue
            yield Row(line, dict(zip(self.columns, cells, strict=True)))
        else:
            if not short or cut:
                return
        raise self.file.fault(f"ends after {short[1]} of {len(self.columns)} cells; was it cut off?", short[0])

    def cells(self) -> Cells:
        """How to read this file's numbers. Raises UserError."""
        numbers = [name for name in self.columns if name not in ("", "Type", "Name", "Error", "Traceback", "Timestamp")]
        marked = ((row.line, name, row.cells[name]) for row in islice(self.rows(cut=True), MARKED) for name in numbers)
        return Cells(self.file, decimal_mark(self.file, marked))


def locust_table(file: InputFile) -> LocustTable | None:
    """The file as one of Locust's, None if it is none."""
    for delimiter in DELIMITERS:
        columns = tuple(map(_today, file.first_line(delimiter)))
        for kind, needed in KINDS.items():
            if set(needed) <= set(columns):
                return LocustTable(file, kind, delimiter, columns)
    return None


def _today(name: str) -> str:
    """Today's name of a column; "95%" for a percentile."""
    percentile = PERCENTILE.fullmatch(name.strip())
    if percentile and float(percentile[1]) <= 100:
        return f"{float(percentile[1]):g}%"
    return KNOWN.get(name.strip().lower(), "")
