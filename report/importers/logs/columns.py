"""Columns of a large CSV file as arrays, read as a stream: only those that are needed, and memory holds a few of its blocks."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from profiles import UserError
from report.importers.cells import epoch_of, epoch_unit
from report.importers.input_file import InputFile, quoted
from report.stats.quantiles import Array

from .request_log import Codes, Texts

NUMBER, WORDS, TEXT = pa.float64(), pa.dictionary(pa.int32(), pa.string()), pa.string()
"""Kinds of columns: numbers; words, of which there are few different ones; texts."""
BLOCK = 1 << 20
"""Bytes parsed at once."""
DECADES = 1e8
"""Times below this are seconds since some start: as seconds since 1970 they would lie before 1973."""

Batch = Mapping[str, pa.Array]


@dataclass
class Columns:
    """A CSV file's columns by their `header` names. `kinds`: the columns to read. After reading `left_out` tells what was."""

    file: InputFile
    delimiter: str
    header: Sequence[str]
    named: bool
    kinds: Mapping[str, pa.DataType]
    left_out: list[str] = field(default_factory=list)

    def batches(self) -> Iterator[Batch]:
        """The columns, block by block. Raises UserError with the first row that can't be read."""
        rows = 0
        try:
            for batch in self._read(self.file.open):
                rows += batch.num_rows
                yield self._checked(batch)
            return
        except (pa.ArrowInvalid, OSError) as error:
            reason = str(error).splitlines()[0]
        if not self._is_cut():
            raise self._first_fault(reason)
        self.left_out.append(f"The last row of {self.file.path.name} was cut off, and is left out.")
        try:
            for batch in self._read(lambda: _WholeLines(self.file.open())):
                fresh = batch.slice(min(rows, batch.num_rows))
                rows -= batch.num_rows - fresh.num_rows
                yield self._checked(fresh)
        except (pa.ArrowInvalid, OSError) as error:
            raise self._first_fault(str(error).splitlines()[0]) from None

    def _checked(self, batch: pa.RecordBatch) -> Batch:
        columns = {name: batch.column(name) for name in self.kinds}
        if any(column.null_count for name, column in columns.items() if self.kinds[name] == NUMBER):
            raise self._first_fault("")
        return columns

    def _read(self, open_it: Callable[[], Any]) -> Iterator[pa.RecordBatch]:
        above = int(self.named) + int(self.file.head.lower().startswith("sep="))
        with open_it() as stream:
            yield from csv.open_csv(
                stream,
                read_options=csv.ReadOptions(column_names=list(self.header), skip_rows=above, block_size=BLOCK),
                parse_options=csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=True),
                convert_options=csv.ConvertOptions(
                    column_types=dict(self.kinds), include_columns=list(self.kinds), strings_can_be_null=False
                ),
            )

    def _is_cut(self) -> bool:
        """Whether the last row alone lacks cells, as where the tool was killed. Raises UserError for any other that does."""
        short: tuple[int, int] | None = None
        for row, cells in self.file.rows(self.delimiter):
            if short:
                raise self.file.fault(f"has {short[1]} cells, the header {len(self.header)}", short[0])
            if len(cells) != len(self.header):
                short = row, len(cells)
        return short is not None and short[1] < len(self.header)

    def _first_fault(self, otherwise: str) -> UserError:
        """The first row that can't be read, found by reading the slow way."""
        places = {name: place for place, name in enumerate(self.header) if self.kinds.get(name) == NUMBER}
        rows = self.file.rows(self.delimiter)
        if self.named:
            next(rows, None)
        for row, cells in rows:
            if len(cells) != len(self.header):
                return self.file.fault(f"has {len(cells)} cells, the header {len(self.header)}", row)
            for name, place in places.items():
                if not is_number(cells[place]):
                    return self.file.fault(f"{quoted(cells[place])}; allowed: a number", row, name)
        return self.file.fault(f"can't be read: {otherwise}")

    def fault_where(self, name: str, wrong: Callable[[str], bool], allowed: str) -> UserError:
        """The first row whose cell of one column is wrong."""
        place = list(self.header).index(name)
        rows = self.file.rows(self.delimiter)
        if self.named:
            next(rows, None)
        for row, cells in rows:
            if len(cells) == len(self.header) and wrong(cells[place]):
                return self.file.fault(f"{quoted(cells[place])}; allowed: {allowed}", row, name)
        return self.file.fault(f"holds what isn't allowed: {allowed}", column=name)

    @staticmethod
    def no_time(text: str) -> bool:
        """Whether a cell holds no time."""
        return epoch_of(text) is None and not (is_number(text) and epoch_unit(float(text)))


class _WholeLines(io.RawIOBase):
    """A stream without what stands behind its last line end."""

    def __init__(self, stream: pa.NativeFile) -> None:
        super().__init__()
        self._stream, self._held = stream, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Whole lines, about so many bytes; nothing at the end."""
        while block := self._stream.read(BLOCK if size < 0 else size):
            whole, end, rest = (self._held + block).rpartition(b"\n")
            self._held = rest
            if end:
                return bytes(whole + end)
        return b""


def is_number(text: str) -> bool:
    """Whether a cell holds a finite number."""
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def array_of(column: pa.Array) -> NDArray[Any]:
    """A column as an array; nothing is NaN. (Arrow's own to_numpy imports pandas, which takes most of a second.)"""
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    if column.null_count:
        column = column.cast(pa.float64()).fill_null(float("nan"))
    return np.from_dlpack(column)


def codes_of(column: pa.Array, texts: Texts) -> Codes:
    """A column of words as numbers of `texts`."""
    places: Codes = array_of(column.indices)
    return texts.codes(column.dictionary.to_pylist())[places]


def epoch_seconds(column: pa.Array) -> Array | None:
    """Times as epoch seconds: numbers in the unit that their size tells, or texts. None where one is no time."""
    if pa.types.is_timestamp(column.type):
        return array_of(column.cast(pa.timestamp("ns")).cast(pa.int64())) / 1e9
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return _of_texts(column)
    values = array_of(column.cast(pa.float64()))
    if not len(values) or (np.isfinite(values).all() and values.min() >= 0 and values.max() < DECADES):
        return values
    unit = epoch_unit(float(values.min())) if np.isfinite(values).all() else None
    return values * unit if unit and epoch_unit(float(values.max())) == unit else None


def _of_texts(column: pa.Array) -> Array | None:
    plain = pc.replace_substring(column, "/", "-")
    for zone in ("UTC", None):
        try:
            moments = plain.cast(pa.timestamp("ns", zone))
        except pa.ArrowInvalid:
            continue
        return array_of(moments.cast(pa.int64())) / 1e9
    found = [epoch_of(text) for text in column.to_pylist()]
    return None if None in found else np.array(found, dtype=np.float64)
