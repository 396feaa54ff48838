"""What a worker encodes is what a report reads: numbers to the microsecond, texts on one line."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from report.recording.columns import read_jobs, read_requests, read_samples
from report.recording.rows import (
    JOB_COLUMNS,
    OUTCOMES,
    REQUEST_COLUMNS,
    SAMPLE_COLUMNS,
    JobRow,
    RequestRow,
    SampleRow,
    encode_job,
    encode_request,
    encode_sample,
    header,
)
from report.recording.run import whole_lines

HOSTILE = ['a,b', '"', '""', 'say "hi", twice', "two\nlines", "\r\n", "\0", "a\0b", " padded ", "\t", "\x1b[31m", "\x85\u2028",
           "ünï 日本 🎉", "=1+1", "NULL", "nan", "1", "", "'", "a\\nb", "\ufeff", "x" * 400, '",' * 200, "1e5", "true"]  # fmt: skip
TEXT = st.one_of(st.text(max_size=40), st.sampled_from(HOSTILE), st.text('",\n\r\0 ab', max_size=400))
TIME = st.floats(-1e5, 1e9).map(lambda value: round(value, 6))
SIZE = st.integers(0, 2**53)
SPARE_TIME = st.none() | TIME

REQUESTS = st.builds(
    RequestRow,
    job=st.from_regex(r"\A[1-9][0-9]{0,3}-[1-9][0-9]{0,6}\Z"),
    due=TIME, sent=TIME, seconds=TIME, worker=st.integers(1, 999), endpoint=st.sampled_from(["submit", "status", "result"]),
    kind=TEXT, tenant=TEXT, code=st.none() | st.integers(100, 999), ok=st.booleans(), state=TEXT, bytes=SIZE, error=TEXT,
)  # fmt: skip
JOBS = st.builds(
    JobRow,
    job=st.just("1-1"), id=TEXT, kind=TEXT, tenant=TEXT, worker=st.integers(1, 999), due=TIME, sent=TIME, accepted=SPARE_TIME,
    done_after=SPARE_TIME, done_before=SPARE_TIME, ended=TIME, created=SPARE_TIME, started=SPARE_TIME, finished=SPARE_TIME,
    outcome=st.sampled_from(OUTCOMES), polls=SIZE, bytes_up=SIZE, bytes_down=SIZE, error=TEXT,
)  # fmt: skip
SAMPLES = st.builds(SampleRow, t=TIME, source=TEXT, metric=st.sampled_from(["cpu", "rss"]), value=st.floats(-1e18, 1e18))

KINDS = [
    pytest.param(REQUESTS, encode_request, read_requests, REQUEST_COLUMNS, 5e-7, id="requests"),
    pytest.param(JOBS, encode_job, read_jobs, JOB_COLUMNS, 5e-7, id="jobs"),
    pytest.param(SAMPLES, encode_sample, read_samples, SAMPLE_COLUMNS, 5e-4, id="samples"),
]


def normal(text: str) -> str:
    """What must survive of a text: its first 300 letters, each run of whitespace one space, none at the ends."""
    return " ".join(text[:300].replace("\0", " ").split())


def assert_same(row: Any, found: dict[str, Any], tolerance: float) -> None:
    for name, value in row._asdict().items():
        if isinstance(value, str):
            assert found[name] == normal(value), name
        elif isinstance(value, float):
            assert found[name] == pytest.approx(value, rel=1e-9, abs=tolerance * 1.01), name
        else:
            assert found[name] == value, name


@pytest.mark.parametrize(("rows", "encode", "read", "columns", "tolerance"), KINDS)
def test_rows_survive_being_written_and_read(rows: Any, encode: Any, read: Any, columns: Any, tolerance: float) -> None:
    @settings(deadline=None, max_examples=60)
    @given(st.lists(rows, max_size=5))
    def survive(written: list[Any]) -> None:
        lines = [encode(row) for row in written]
        assert all(line.endswith("\n") and len(line.splitlines()) == 1 for line in lines)
        data = header(columns) + "".join(lines).encode()
        for found in (read(data), read("".join(lines).encode(), has_header=False)):
            assert found.column_names == list(columns)
            for row, back in zip(written, found.to_pylist(), strict=True):
                assert_same(row, back, tolerance)

    survive()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_one_field_for_any_csv_reader(text: str, request_row: Any, job_row: Any) -> None:
    line = encode_request(request_row(kind=text, tenant=text, state=text, error=text))
    fields = dict(zip(REQUEST_COLUMNS, next(csv.reader(io.StringIO(line))), strict=True))
    assert {fields[name] for name in ("kind", "tenant", "state", "error")} == {normal(text)}
    line = encode_job(job_row(id=text, error=text))
    fields = dict(zip(JOB_COLUMNS, next(csv.reader(io.StringIO(line))), strict=True))
    assert fields["id"] == fields["error"] == normal(text)


def test_unknown_values_are_empty_fields(request_row: Any, job_row: Any) -> None:
    assert encode_request(request_row(code=None, ok=False, bytes=0)) == (
        "1-1,1.000000,1.000000,0.010000,1,status,sum,,,0,RUNNING,0,\n"
    )
    assert encode_job(job_row(accepted=None, done_after=None, done_before=None)) == (
        "1-1,x,sum,,1,1.000000,1.000000,,,,2.600000,,,,succeeded,2,10,90,\n"
    )


@settings(deadline=None)
@given(st.lists(REQUESTS, min_size=1, max_size=4), st.data())
@example([], None)
def test_any_prefix_of_a_file_is_readable(tmp_path_factory: pytest.TempPathFactory, rows: list[RequestRow], data: Any) -> None:
    written = [encode_request(row).encode() for row in rows]
    content = header(REQUEST_COLUMNS) + b"".join(written)
    cut = data.draw(st.integers(0, len(content))) if data else 0
    file = tmp_path_factory.mktemp("run") / "requests.csv"
    file.write_bytes(content[:cut])
    found = read_requests(whole_lines(file))
    assert found.num_rows == max(0, content[:cut].count(b"\n") - 1)
    for row, back in zip(rows, found.to_pylist(), strict=False):
        assert_same(row, back, 5e-7)


def test_a_file_that_is_not_there_reads_as_empty(tmp_path: Path) -> None:
    for read in (read_requests, read_jobs, read_samples):
        assert read(whole_lines(tmp_path / "none.csv")).num_rows == 0


def test_a_text_never_grows_a_row_without_bound(job_row: Any) -> None:
    for text in ("x" * 10**6, ", " * 10**6, '"' * 10**6):
        assert len(encode_job(job_row()._replace(id=text, error=text))) < 1500
