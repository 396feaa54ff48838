"""Any table of requests, CSV or Parquet, of which the user says what its columns mean (--columns)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import parquet

from profiles import UserError
from report.stats.quantiles import Array

from .imported import Imported
from .input_file import DELIMITERS, InputFile
from .logs.columns import DECADES, NUMBER, TEXT, WORDS, Batch, Columns, array_of, codes_of, epoch_seconds, is_number
from .logs.meanings import NUMBERS, Expression, meanings_of
from .logs.request_log import OK, Codes, RequestLog, Seen, Texts
from .logs.summary import Tool, summed_up
from .options import Options

TOOL = Tool(name="Request log", clients="Clients", method=("The columns mean what --columns says of them.",))
PARQUET = "PAR1"
HOW = "say what its columns mean: --columns time=COLUMN,seconds=COLUMN/1000,name=COLUMN,ok=COLUMN<400"


def fits(file: InputFile) -> bool:
    """Whether it is a Parquet file; a CSV file of unknown columns fits if --columns is given."""
    return file.head.startswith(PARQUET)


def read(files: Sequence[InputFile], options: Options) -> Imported:
    """The test that these tables tell of. Raises UserError."""
    if not options.columns:
        raise files[0].fault(f"{HOW}; it has the columns {', '.join(_names(files[0]))}")
    meanings = meanings_of(options.columns)
    return summed_up(files, [_read(file, meanings) for file in files], TOOL, options)


def _names(file: InputFile) -> list[str]:
    if fits(file):
        return list(_parquet(file).schema_arrow.names)
    return max((file.first_line(delimiter) for delimiter in DELIMITERS), key=len)


def _parquet(file: InputFile) -> parquet.ParquetFile:
    try:
        return parquet.ParquetFile(str(file.path))
    except (pa.ArrowInvalid, OSError) as error:
        raise file.fault(f"not a whole Parquet file: {str(error).splitlines()[0]}") from None


def _check(file: InputFile, names: Sequence[str], meanings: Mapping[str, Expression]) -> None:
    for meaning, expression in meanings.items():
        if list(names).count(expression.column) != 1:
            how = "names twice" if expression.column in names else "lacks"
            raise file.fault(f"{how} the column {expression.column!r} ({meaning}); it has {', '.join(names)[:200]}")


class _Rows:
    """What was read so far, in blocks."""

    def __init__(self, file: InputFile, meanings: Mapping[str, Expression], where: Callable[..., UserError]) -> None:
        self.file, self.meanings, self.where = file, meanings, where
        self.parts: dict[str, list[NDArray[Any]]] = {}
        self.names, self.causes = Texts(), Texts()

    def add(self, batch: Batch) -> None:
        """A block of rows."""
        seconds = self._numbers(batch, "seconds")
        if len(seconds) and not (np.isfinite(seconds).all() and seconds.min() >= 0):
            column = self.meanings["seconds"].column
            raise self.where(column, lambda text: not is_number(text) or float(text) < 0, "a number from 0 on")
        times = self._times(batch, "time") if "time" in self.meanings else self._times(batch, "end") - seconds
        self._keep("start", times)
        self._keep("seconds", seconds)
        if "clients" in self.meanings:
            self._keep("clients", self._numbers(batch, "clients"))
        if "name" in self.meanings:
            self._keep("name", codes_of(_words(batch[self.meanings["name"].column]), self.names))
        if "ok" in self.meanings:
            self._keep("cause", self._causes(batch))

    def _keep(self, name: str, values: NDArray[Any]) -> None:
        self.parts.setdefault(name, []).append(values)

    def _numbers(self, batch: Batch, meaning: str) -> Array:
        column = batch[self.meanings[meaning].column]
        try:
            values = array_of(column.cast(pa.float64()))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise self.where(self.meanings[meaning].column, lambda text: not is_number(text), "a number") from None
        return np.asarray(values * self.meanings[meaning].factor, dtype=np.float64)

    def _times(self, batch: Batch, meaning: str) -> Array:
        expression = self.meanings[meaning]
        if expression.factor != 1.0:
            return self._numbers(batch, meaning)
        times = epoch_seconds(batch[expression.column])
        if times is None or not np.isfinite(times).all():
            raise self.where(
                expression.column, Columns.no_time, "a time since 1970, or as 2026-11-27T12:00:00, in every row alike"
            )
        return times

    def _causes(self, batch: Batch) -> Codes:
        told = _words(batch[self.meanings["ok"].column])
        words = told.dictionary.to_pylist()
        good = np.array([self.meanings["ok"].holds(word) for word in words], dtype=np.bool_)[array_of(told.indices)]
        failed = np.flatnonzero(~good)
        found = np.full(len(good), OK, dtype=np.int32)
        by = self.meanings.get("cause", self.meanings["ok"])
        reasons = _words(batch[by.column]).take(pa.array(failed)).dictionary_decode().to_pylist()
        label = "" if "cause" in self.meanings else f"{by.column} "
        found[failed] = self.causes.codes(f"{label}{reason}".strip() or "failed" for reason in reasons)
        return found

    def log(self) -> RequestLog:
        """All rows."""
        whole = {name: np.concatenate(parts) for name, parts in self.parts.items()}
        start, seconds = whole.get("start", np.empty(0)), whole.get("seconds", np.empty(0))
        clients = whole.get("clients")
        return RequestLog(
            start=start,
            seconds=seconds,
            names=self.names.all or ("requests",),
            name=whole.get("name", np.zeros(len(start))).astype(np.int32),
            causes=self.causes.all,
            cause=whole["cause"].astype(np.int32) if "cause" in whole else None,
            clients=(Seen(start, clients),) if clients is not None and np.isfinite(clients).all() else (),
            relative=bool(len(start)) and float(start.max()) < DECADES,
            coarse=bool(len(start)) and bool((start == np.floor(start)).all()),
        )


def _words(column: pa.Array) -> pa.DictionaryArray:
    """A column as words: any type as text, nothing as an empty one."""
    if pa.types.is_dictionary(column.type) and not column.null_count:
        return column
    plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    return pc.fill_null(plain.cast(pa.string()), "").dictionary_encode()


def _read(file: InputFile, meanings: Mapping[str, Expression]) -> RequestLog:
    if fits(file):
        return _read_parquet(file, meanings)
    for delimiter in DELIMITERS:
        header, *lines = file.lines_of_head(delimiter) or [[]]
        if {expression.column for expression in meanings.values()} <= set(header):
            break
    else:
        header, delimiter, lines = _names(file), ",", []
    _check(file, header, meanings)
    columns = Columns(file, delimiter, header, True, _kinds(meanings, header, lines))
    rows = _Rows(file, meanings, columns.fault_where)
    for batch in columns.batches():
        rows.add(batch)
    return replace(rows.log(), left_out=tuple(columns.left_out))


def _kinds(meanings: Mapping[str, Expression], header: Sequence[str], lines: Sequence[Sequence[str]]) -> dict[str, pa.DataType]:
    kinds = {expression.column: WORDS for meaning, expression in meanings.items() if meaning not in NUMBERS}
    for meaning in NUMBERS:
        if meaning in meanings:
            place = list(header).index(meanings[meaning].column)
            is_text = meaning in ("time", "end") and lines and len(lines[0]) > place and not is_number(lines[0][place])
            kinds[meanings[meaning].column] = TEXT if is_text else NUMBER
    return kinds


def _read_parquet(file: InputFile, meanings: Mapping[str, Expression]) -> RequestLog:
    table = _parquet(file)
    _check(file, table.schema_arrow.names, meanings)

    def where(column: str, _: object, allowed: str) -> UserError:
        return file.fault(f"holds what isn't allowed: {allowed}", column=column)

    rows = _Rows(file, meanings, where)
    try:
        for batch in table.iter_batches(columns=sorted({expression.column for expression in meanings.values()})):
            rows.add({name: batch.column(name) for name in batch.schema.names})
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise file.fault(f"can't be read: {str(error).splitlines()[0]}") from None
    return rows.log()
