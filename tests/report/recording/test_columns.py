"""Rows into columns."""

import sys

import pyarrow as pa
import pytest
from pyarrow import csv

from report.recording import columns as tables


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
