"""What is fuzzed: how a file is read, and the good files that edits start from. Anything but a UserError is a fault."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from profiles import FOLDER, load_profile
from report.importers.document import compose_import
from report.importers.input_file import open_input
from report.importers.options import parse_options
from report.importers.registry import format_of
from report.render.markdown import render_markdown
from tests.report.importers import reading
from tests.report.importers.test_jtl_xml import document, sample

DATA = Path(__file__).resolve().parents[1] / "data"
COLUMNS = "time=ts,seconds=ms/1000,name=label,ok=status<400,clients=users"
ROWS = 60


@dataclass(frozen=True)
class Target:
    """`seeds` makes the good files; `read` reads one that was edited, from a path with this `ending`."""

    name: str
    ending: str
    seeds: Callable[[], list[bytes]]
    read: Callable[[Path], object]


def imported(columns: str = "") -> Callable[[Path], object]:
    """Read as a file of another tool, up to the document."""

    def read(path: Path) -> str:
        file = open_input(path)
        test = format_of([file], "columns" if columns else "").read([file], parse_options([], columns))
        return render_markdown(compose_import(test))

    return read


def _locust() -> list[bytes]:
    return [(DATA / "locust" / f"demo_{kind}.csv").read_bytes() for kind in ("stats", "stats_history")]


def _locust_with_history(path: Path) -> object:
    """The edited file as the history beside good statistics."""
    history = path.with_name("it_stats_history.csv")
    path.rename(history)
    stats = path.with_name("it_stats.csv")
    stats.write_bytes((DATA / "locust" / "demo_stats.csv").read_bytes())
    return imported()(stats)


def _jtl() -> list[bytes]:
    rows = reading.rows_of(ROWS)
    return [reading.csv_text(rows).encode(), reading.csv_text(rows, header=False).encode()]


def _jtl_xml() -> list[bytes]:
    return [document(*(sample(i * 10, 5 + i % 7) for i in range(ROWS))).encode()]


def _k6() -> list[bytes]:
    text = gzip.decompress((DATA / "k6" / "k6.json.gz").read_bytes())
    return [b"".join(line for line in text.splitlines(True) if b"http_req_duration" in line or b'"vus"' in line)]


def _k6_csv() -> list[bytes]:
    lines = gzip.decompress((DATA / "k6" / "k6.csv.gz").read_bytes()).splitlines(True)
    return [b"".join([lines[0], *(line for line in lines[1:] if line.startswith((b"http_req_duration", b"vus")))])]


def _table() -> dict[str, list[object]]:
    return {
        "ts": [1_795_000_000_000 + 20 * i for i in range(ROWS)], "ms": [5 + i % 7 for i in range(ROWS)],
        "label": [f"/{i % 3}" for i in range(ROWS)], "status": [200 + 300 * (i % 9 == 0) for i in range(ROWS)],
        "users": [1 + i // 20 for i in range(ROWS)],
    }  # fmt: skip


def _csv() -> list[bytes]:
    columns = _table()
    rows = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    return ["\n".join(rows).encode()]


def _parquet() -> list[bytes]:
    out = pa.BufferOutputStream()
    parquet.write_table(pa.table(_table()), out)
    return [out.getvalue().to_pybytes()]


def _packed() -> list[bytes]:
    return [gzip.compress(_jtl()[0]), pa.compress(_jtl()[0], "zstd", asbytes=True)]


def _profiles() -> list[bytes]:
    return [file.read_bytes() for file in sorted(FOLDER.glob("*.toml"))]


TARGETS = (
    Target("locust", ".csv", _locust, imported()),
    Target("locust-history", ".csv", lambda: _locust()[1:], _locust_with_history),
    Target("jtl", ".jtl", _jtl, imported()),
    Target("jtl-xml", ".jtl", _jtl_xml, imported()),
    Target("k6", ".json", _k6, imported()),
    Target("k6-csv", ".csv", _k6_csv, imported()),
    Target("columns", ".csv", _csv, imported(COLUMNS)),
    Target("parquet", ".parquet", _parquet, imported(COLUMNS)),
    Target("packed", ".jtl.gz", _packed, imported()),
    Target("profile", ".toml", _profiles, lambda path: load_profile(str(path), [], None)),
)
