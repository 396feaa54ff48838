"""CSV bytes of a run folder into typed columns. Live rules and reports read rows through these functions alone."""

from typing import get_type_hints

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from .rows import COMPLETED, JobRow, RequestRow, SampleRow

_ARROW = {float: pa.float64(), float | None: pa.float64(), int: pa.int64(), int | None: pa.float64(), bool: pa.bool_()}


def _schema(row: type) -> pa.Schema:
    """Columns of the row's fields; those that may be empty are nullable."""
    hints = get_type_hints(row).items()
    return pa.schema(
        [pa.field(name, _ARROW.get(hint, pa.string()), nullable=hint in (float | None, int | None)) for name, hint in hints]
    )


REQUEST_SCHEMA, JOB_SCHEMA, SAMPLE_SCHEMA = _schema(RequestRow), _schema(JobRow), _schema(SampleRow)


def read_requests(data: bytes, *, has_header: bool = True) -> pa.Table:
    """Columns of `RequestRow` from whole lines of requests.csv; `code` is NaN where no reply came."""
    return parse(_stream(data), len(data), REQUEST_SCHEMA, has_header)


def read_jobs(data: bytes, *, has_header: bool = True) -> pa.Table:
    """Columns of `JobRow` from whole lines of jobs.csv; unknown times are null."""
    return parse(_stream(data), len(data), JOB_SCHEMA, has_header)


def read_samples(data: bytes, *, has_header: bool = True) -> pa.Table:
    """Columns of `SampleRow` from whole lines of samples.csv."""
    return parse(_stream(data), len(data), SAMPLE_SCHEMA, has_header)


def completion_times(jobs: pa.Table) -> NDArray[np.float64]:
    """The seconds at which the service was seen to be done with a job, well or not."""
    done = pc.is_in(jobs.column("outcome"), value_set=pa.array(COMPLETED))
    times: NDArray[np.float64] = jobs.column("done_before").filter(done).to_numpy()
    return times[~np.isnan(times)]


def count_abandoned(jobs: pa.Table) -> int:
    """How many jobs were given up when the run ended."""
    return int(pc.sum(pc.equal(jobs.column("outcome"), "abandoned")).as_py() or 0)


def count_cancelled(requests: pa.Table) -> int:
    """How many jobs the service said it cancelled."""
    asked = pc.equal(requests.column("endpoint"), "cancel")
    return int(pc.sum(pc.and_(asked, requests.column("ok"))).as_py() or 0)


def _stream(data: bytes) -> pa.NativeFile:
    """A copy of `data` in Arrow's memory: one of Arrow's threads may be the last to let go of it, and must not need Python for
    that, which may be on its way out (the process would abort)."""
    copy = pa.BufferOutputStream()
    copy.write(data)
    return pa.BufferReader(copy.getvalue())


def parse(source: pa.NativeFile, size: int, schema: pa.Schema, has_header: bool, threads: bool = True) -> pa.Table:
    """The `size` bytes of whole lines that `source` holds, as columns of `schema`. Raises pa.ArrowInvalid, whose text has the
    row if there are no `threads`."""
    if not size:
        return schema.empty_table()
    return csv.read_csv(
        source,
        read_options=csv.ReadOptions(column_names=schema.names, skip_rows=int(has_header), use_threads=threads),
        convert_options=csv.ConvertOptions(
            column_types=schema, null_values=[""], strings_can_be_null=False, true_values=["1"], false_values=["0"]
        ),
    )
