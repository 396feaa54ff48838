"""Files of a run folder as pandas tables, read as streams so that a long run stays small in memory."""

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from profiles import UserError

from .columns import parse

TOLD = "value"
"""The column of samples.csv: what others told may be no number, for which a figure has a gap."""
FEW = ("endpoint", "kind", "tenant", "state", "error", "outcome", "source", "metric")
"""Text columns with few different values, which a report holds as categories."""

TAIL = 65536
"""Bytes read at once when looking for the last line end from the end of a file."""


LONGEST = 120
"""Letters shown of what a damaged row holds."""


def read_frame(file: Path, schema: pa.Schema, by: str) -> pd.DataFrame:
    """The whole lines of one CSV file of a run folder, sorted; texts of few different values become categories.

    The file is read as a stream and sorted column by column, so memory holds the table once. A missing file is empty. Raises
    UserError.
    """
    _give_back_at_once()
    few = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([f.with_type(few) if f.name in FEW else f for f in schema])
    table = read_table(file, schema).unify_dictionaries()
    order = np.argsort(table[by].to_numpy(), kind="stable")
    columns = {}
    for name in schema.names:
        column = table.column(name).combine_chunks().take(order)
        table = table.drop_columns([name])
        columns[name] = column.to_pandas()
    del table, order, column
    return pd.DataFrame(columns, copy=False)


def _give_back_at_once() -> None:
    """Memory that a column no longer needs: the default pool keeps it."""
    if "jemalloc" in pa.supported_memory_backends():
        pa.jemalloc_set_decay_ms(0)
        pa.set_memory_pool(pa.jemalloc_memory_pool())
    else:
        pa.set_memory_pool(pa.system_memory_pool())


def read_table(file: Path, schema: pa.Schema) -> pa.Table:
    """The whole lines of one CSV file of a run folder, as they were written. A missing file is empty. Raises UserError."""
    size = whole_size(file)
    if not size:
        return schema.empty_table()
    header = ",".join(schema.names)
    with file.open("rb") as lines:
        if lines.readline(len(header) + 1) != f"{header}\n".encode():
            raise _damaged(file, f"row 1: does not name the columns {header}")
    try:
        table = _streamed(file, size, schema)
        _check_numbers(file, table, schema)
        return table
    except pa.ArrowInvalid as error:
        damage = str(error)
    try:
        _streamed(file, size, schema, threads=False)
    except pa.ArrowInvalid as error:
        damage = str(error)
    raise _damaged(file, _in_words(damage, schema.names))


def _check_numbers(file: Path, table: pa.Table, schema: pa.Schema) -> None:
    """Whether every number is one that a run writes. Raises UserError."""
    for field in schema:
        column = table.column(field.name)
        if not field.nullable and column.null_count:
            raise _damaged(file, f"row {pc.index(pc.is_null(column), value=True).as_py() + 2}: column {field.name}: it is empty")
        if field.name != TOLD and pa.types.is_floating(column.type) and pc.all(pc.is_finite(column)).as_py() is False:
            row = pc.index(pc.is_finite(column), value=False).as_py()
            raise _damaged(file, f"row {row + 2}: column {field.name}: invalid value '{column[row].as_py()}'")


def _damaged(file: Path, how: str) -> UserError:
    return UserError(f"{file}: {how}; the file is damaged: restore it as the run wrote it")


def _streamed(file: Path, size: int, schema: pa.Schema, threads: bool = True) -> pa.Table:
    return parse(pa.OSFile(str(file)).get_stream(0, size), size, schema, True, threads)


def _in_words(text: str, names: list[str]) -> str:
    """Arrow's words on a row that it can't read, in ours."""
    column, row = re.search(r"CSV column #(\d+)", text), re.search(r"Row #(\d+)", text)
    what = re.sub(r"^.*?CSV (?:conversion|parse) error(?: to [^:]*)?: (?:Row #\d+: )?", "", text.splitlines()[0])
    places = [f"row {row[1]}: " if row else "", f"column {names[int(column[1])]}: " if column else ""]
    return "".join(places) + (what if len(what) <= LONGEST else f"{what[:LONGEST]}…")


def whole_size(file: Path) -> int:
    """The length of a file up to its last line end: what a crash cut in half doesn't count. 0 for a missing file. Raises
    UserError where it can't be read."""
    if file.exists() and not file.is_file():  # A pipe would be waited for.
        raise UserError(f"{file}: not a file; restore it as the run wrote it")
    try:
        with file.open("rb") as stream:
            end = stream.seek(0, os.SEEK_END)
            while end:
                start = max(0, end - TAIL)
                stream.seek(start)
                found = stream.read(end - start).rfind(b"\n")
                if found >= 0:
                    return start + found + 1
                end = start
    except FileNotFoundError:
        pass
    except OSError as error:
        raise UserError(f"{file}: can't be read: {error.strerror}") from None
    return 0


def is_in(values: "pd.Series[str]", among: "pd.Series[str]") -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Whether each text is one of `among`: as pandas' isin, but without making a Python object of each."""
    found = pc.is_in(pa.array(values, pa.string()), value_set=pa.array(among, pa.string()))
    return np.asarray(found, dtype=np.bool_)


def repeated(values: "pd.Series[str]") -> int:
    """How many of the texts stand there a second time or more. Sorted, since a table of them all would take more memory."""
    texts = pa.array(values, pa.string())
    texts = texts.take(pc.sort_indices(texts))
    return int(pc.sum(pc.equal(texts[1:], texts[:-1])).as_py() or 0)
