"""Any table of requests whose columns the user names, CSV or Parquet."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from profiles import UserError
from report.render.markdown import render_markdown

from .reading import composed, elapsed_of, read

COUNT = 600
TIMES = elapsed_of(COUNT)
COLUMNS = "time=ts,seconds=ms/1000,name=label,ok=status<400"


def table() -> dict[str, list[object]]:
    return {
        "ts": [1_795_000_000_000 + 20 * i for i in range(COUNT)],
        "ms": [int(t) for t in TIMES],
        "label": [f"/{'ab'[i % 2]}" for i in range(COUNT)],
        "status": [503 if i % 60 == 3 else 200 for i in range(COUNT)],
        "why": ["too busy" if i % 60 == 3 else "" for i in range(COUNT)],
        "users": [1 + i // 200 for i in range(COUNT)],
    }


def write(folder: Path, columns: dict[str, list[object]], delimiter: str = ",") -> Path:
    file = folder / "mine.csv"
    rows = zip(*columns.values(), strict=True)
    file.write_text("\n".join([delimiter.join(columns), *(delimiter.join(map(str, row)) for row in rows)]) + "\n")
    return file


def stored(folder: Path, columns: object) -> Path:
    file = folder / "mine.parquet"
    parquet.write_table(pa.table(columns), file)
    return file


def check(test: object, failed: int | None = 10) -> None:
    from report.importers.imported import Imported

    assert isinstance(test, Imported)
    assert (test.total.requests, test.total.failed) == (COUNT, failed)
    assert test.total.percentiles[:2] == (pytest.approx(np.median(TIMES) / 1000), pytest.approx(np.percentile(TIMES, 90) / 1000))


@pytest.mark.parametrize("delimiter", list(",;\t|"))
def test_csv(tmp_path: Path, delimiter: str) -> None:
    test = read(write(tmp_path, table(), delimiter), columns=COLUMNS)
    check(test)
    assert [(named.name, named.requests) for named in test.names] == [("/a", 300), ("/b", 300)]
    assert test.causes is not None and [(c.name, c.error, c.count) for c in test.causes] == [("/b", "status 503", 10)]
    assert test.started == 1_795_000_000


def test_parquet(tmp_path: Path) -> None:
    check(read(stored(tmp_path, table()), columns=COLUMNS))


def test_parquet_with_types_of_its_own(tmp_path: Path) -> None:
    began = datetime(2026, 11, 27, tzinfo=UTC)
    columns = table() | {
        "ts": [began + timedelta(milliseconds=20 * i) for i in range(COUNT)],
        "good": [i % 60 != 3 for i in range(COUNT)],
        "label": pa.array([f"/{'ab'[i % 2]}" if i else None for i in range(COUNT)]).dictionary_encode(),
    }  # type: ignore[dict-item]
    test = read(stored(tmp_path, columns), columns="time=ts,seconds=ms/1000,name=label,ok=good,cause=why,clients=users")
    check(test)
    assert test.started == began.timestamp() and test.clients == 3
    assert test.causes is not None and test.causes[0].error == "too busy"


@pytest.mark.parametrize(
    ("columns", "failed"),
    [
        ("time=ts,seconds=ms/1000", None),
        ("time=ts,seconds=ms*0.001", None),
        ("time=ts,seconds=ms/1e3,ok=status==200", 10),
        ("time=ts,seconds=ms/1000,ok=status!=503", 10),
        ("time=ts,seconds=ms/1000,ok=status <= 200,cause=why,name=label", 10),
        ('time="ts" , seconds="ms"/1000, ok=why=', None),
        ("end=ts,seconds=ms/1000,ok=status>=200", 0),
    ],
)
def test_what_columns_may_say(tmp_path: Path, columns: str, failed: int | None) -> None:
    if columns.endswith("why="):
        with pytest.raises(UserError, match="allowed: COLUMN"):
            read(write(tmp_path, table()), columns=columns)
        return
    check(read(write(tmp_path, table()), columns=columns), failed)


@pytest.mark.parametrize(
    ("unit", "factor"), [("seconds", 1), ("milliseconds", 10**3), ("microseconds", 10**6), ("nanoseconds", 10**9)]
)
def test_times_in_any_unit(tmp_path: Path, unit: str, factor: int) -> None:
    columns = table() | {"ts": [1_795_000_000 * factor + i * factor // 50 for i in range(COUNT)]}
    test = read(write(tmp_path, columns), columns=COLUMNS)
    assert test.started == pytest.approx(1_795_000_000), unit


def test_times_since_the_start(tmp_path: Path) -> None:
    test = read(write(tmp_path, table() | {"ts": [i / 50 for i in range(COUNT)]}), columns=COLUMNS)
    assert test.started is None and test.seconds is not None and 11.9 < test.seconds < 13


@pytest.mark.parametrize("columns", ["time=ts", "seconds=ms", "name=label,seconds=ms"])
def test_what_is_needed(tmp_path: Path, columns: str) -> None:
    with pytest.raises(UserError, match="--columns: needs seconds=, and time="):
        read(write(tmp_path, table()), columns=columns)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ("time=ts,seconds=milli/1000", "mine.csv: lacks the column 'milli' (seconds); it has ts, ms, label, status, why, users"),
        ("time=ts,seconds=ms/1000,user=x", "--columns user=x: allowed before the sign: time, end, seconds"),
        ("time=ts,seconds=ms/0", "allowed: a factor above 0"),
        ("time=ts,seconds=ms<5", "numbers are multiplied and divided, only ok= is compared"),
        ("time=ts,seconds=ms,name=label/2", "numbers are multiplied and divided"),
        ("time=ts,seconds=ms,ok=status<ok", "'ok' is no number to compare with"),
        ("time=ts,time=ms,seconds=ms", "time is given twice"),
        ("time", "allowed: MEANING=COLUMN"),
        ("time=label,seconds=ms", "column 'label': '/a'; allowed: a time since 1970"),
        ("time=ts,seconds=label", "row 2, column 'label': '/a'; allowed: a number"),
    ],
)
def test_what_columns_may_not_say(tmp_path: Path, columns: str, says: str) -> None:
    with pytest.raises(UserError) as caught:
        read(write(tmp_path, table()), columns=columns)
    assert says in str(caught.value)


def test_wrong_cells_of_parquet(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="mine.parquet: column 'label': holds what isn't allowed: a number"):
        read(stored(tmp_path, table()), columns="time=ts,seconds=label")
    file = stored(tmp_path, table())
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(UserError, match="mine.parquet: not a whole Parquet file"):
        read(file, columns=COLUMNS)


def test_parquet_without_columns_says_what_it_has(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="say what its columns mean: --columns .*; it has the columns ts, ms, label"):
        read(stored(tmp_path, table()))


def test_its_document(tmp_path: Path) -> None:
    assert "The columns mean what --columns says of them." in render_markdown(
        composed(read(write(tmp_path, table()), columns=COLUMNS))
    )
