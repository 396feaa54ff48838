"""Rows into columns."""

import sys
from collections.abc import Callable

import pyarrow as pa
import pytest
from pyarrow import csv

from report.recording import columns as tables
from report.recording.rows import JobRow, RequestRow, encode_job, encode_request


def test_arrow_holds_a_copy_of_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    sources, read = [], csv.read_csv

    def kept(source: pa.NativeFile, **options: object) -> pa.Table:
        sources.append(source)
        return read(source, **options)

    monkeypatch.setattr(csv, "read_csv", kept)
    data = b"0.1,generator-1,lag,0.001\n"
    held = sys.getrefcount(data)
    assert tables.read_samples(data, has_header=False).num_rows == 1
    assert len(sources) == 1
    assert sys.getrefcount(data) == held


def test_outcomes_are_counted_by_their_column(job_row: Callable[..., JobRow], request_row: Callable[..., RequestRow]) -> None:
    """Kinds, tenants and endpoints may have any name, that of an outcome as well."""
    jobs = [job_row(kind="abandoned", tenant="abandoned"), job_row(kind="abandoned", outcome="abandoned"), job_row()]
    assert tables.count_abandoned(tables.read_jobs("".join(map(encode_job, jobs)).encode(), has_header=False)) == 1
    assert tables.count_abandoned(tables.read_jobs(b"", has_header=False)) == 0
    asked = [
        request_row(endpoint="cancel"),
        request_row(endpoint="cancel", ok=False),
        request_row(kind="cancel", tenant="cancel"),
    ]
    assert tables.count_cancelled(tables.read_requests("".join(map(encode_request, asked)).encode(), has_header=False)) == 1
    assert tables.count_cancelled(tables.read_requests(b"", has_header=False)) == 0
