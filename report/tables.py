"""CSV bytes of a run folder into typed columns. Live rules and reports read rows through these functions alone."""

from typing import get_type_hints

import pyarrow as pa
from pyarrow import csv

from .rows import JobRow, RequestRow, SampleRow

_ARROW = {float: pa.float64(), float | None: pa.float64(), int: pa.int64(), int | None: pa.float64(), bool: pa.bool_()}


def _schema(row: type) -> pa.Schema:
    return pa.schema([(name, _ARROW.get(hint, pa.string())) for name, hint in get_type_hints(row).items()])


_FEW = ("endpoint", "kind", "tenant", "state", "error", "outcome", "source", "metric")
"""Text columns with few different values, which a report holds as categories."""

REQUEST_SCHEMA, JOB_SCHEMA, SAMPLE_SCHEMA = _schema(RequestRow), _schema(JobRow), _schema(SampleRow)


def read_requests(data: bytes, *, has_header: bool = True, categorical: bool = False) -> pa.Table:
    """Columns of `RequestRow` from whole lines of requests.csv; `code` is NaN where no reply came."""
    return _read(data, REQUEST_SCHEMA, has_header, categorical)


def read_jobs(data: bytes, *, has_header: bool = True, categorical: bool = False) -> pa.Table:
    """Columns of `JobRow` from whole lines of jobs.csv; unknown times are null."""
    return _read(data, JOB_SCHEMA, has_header, categorical)


def read_samples(data: bytes, *, has_header: bool = True, categorical: bool = False) -> pa.Table:
    """Columns of `SampleRow` from whole lines of samples.csv."""
    return _read(data, SAMPLE_SCHEMA, has_header, categorical)


def _read(data: bytes, schema: pa.Schema, has_header: bool, categorical: bool) -> pa.Table:
    if categorical:
        few = pa.dictionary(pa.int32(), pa.string())
        schema = pa.schema([pa.field(f.name, few if f.name in _FEW else f.type) for f in schema])
    start = data.find(b"\n") + 1 if has_header else 0
    if start == len(data):
        return schema.empty_table()
    return csv.read_csv(
        pa.BufferReader(pa.py_buffer(data).slice(start)),
        read_options=csv.ReadOptions(column_names=schema.names),
        convert_options=csv.ConvertOptions(
            column_types=schema, strings_can_be_null=False, true_values=["1"], false_values=["0"]
        ),
    )
