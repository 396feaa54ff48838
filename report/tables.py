"""CSV bytes of a run folder into typed columns. Live rules and reports read rows through these functions alone."""

import os
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from .rows import JobRow, RequestRow, SampleRow

_ARROW = {float: pa.float64(), float | None: pa.float64(), int: pa.int64(), int | None: pa.float64(), bool: pa.bool_()}


def _schema(row: type) -> pa.Schema:
    return pa.schema([(name, _ARROW.get(hint, pa.string())) for name, hint in get_type_hints(row).items()])


_FEW = ("endpoint", "kind", "tenant", "state", "error", "outcome", "source", "metric")
"""Text columns with few different values, which a report holds as categories."""

TAIL = 65536

REQUEST_SCHEMA, JOB_SCHEMA, SAMPLE_SCHEMA = _schema(RequestRow), _schema(JobRow), _schema(SampleRow)


def read_requests(data: bytes, *, has_header: bool = True) -> pa.Table:
    """Columns of `RequestRow` from whole lines of requests.csv; `code` is NaN where no reply came."""
    return _parse(pa.BufferReader(data), len(data), REQUEST_SCHEMA, has_header)


def read_jobs(data: bytes, *, has_header: bool = True) -> pa.Table:
    """Columns of `JobRow` from whole lines of jobs.csv; unknown times are null."""
    return _parse(pa.BufferReader(data), len(data), JOB_SCHEMA, has_header)


def read_samples(data: bytes, *, has_header: bool = True) -> pa.Table:
    """Columns of `SampleRow` from whole lines of samples.csv."""
    return _parse(pa.BufferReader(data), len(data), SAMPLE_SCHEMA, has_header)


def read_frame(file: Path, schema: pa.Schema) -> pd.DataFrame:
    """The whole lines of one CSV file of a run folder; texts of few different values become categories.

    Read as a stream: the file itself is never in memory. A missing file is empty.
    """
    few = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([pa.field(f.name, few if f.name in _FEW else f.type) for f in schema])
    size = whole_size(file)
    table = _parse(pa.OSFile(str(file)).get_stream(0, size), size, schema, True) if size else schema.empty_table()
    return table.to_pandas(split_blocks=True, self_destruct=True)


def whole_size(file: Path) -> int:
    """The length of a file up to its last line end: what a crash cut in half doesn't count. 0 for a missing file."""
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
    return 0


def is_in(values: "pd.Series[str]", among: "pd.Series[str]") -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Whether each text is one of `among`: as pandas' isin, but without making a Python object of each."""
    found = pc.is_in(pa.array(values, pa.string()), value_set=pa.array(among, pa.string()))
    return np.asarray(found, dtype=np.bool_)


def _parse(source: pa.NativeFile, size: int, schema: pa.Schema, has_header: bool) -> pa.Table:
    if not size:
        return schema.empty_table()
    return csv.read_csv(
        source,
        read_options=csv.ReadOptions(column_names=schema.names, skip_rows=int(has_header)),
        convert_options=csv.ConvertOptions(
            column_types=schema, strings_can_be_null=False, true_values=["1"], false_values=["0"]
        ),
    )
