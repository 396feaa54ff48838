"""Reports of plain Locust CSV files; the sample was written by Locust itself. Whatever has become of such files on their way,
they are read, or refused in one sentence."""

import csv
import gzip
import io
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from profiles import UserError
from report.document.report import Report
from report.importers.document import compose_import
from report.importers.imported import Imported
from report.importers.input_file import open_input
from report.importers.options import Options, parse_options
from report.importers.registry import format_of, source_files, write_import
from report.render.markdown import render_markdown

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "locust" / "demo"
HEADER = (SAMPLE.parent / "demo_stats.csv").read_text().splitlines()[0]


@pytest.fixture
def stats(tmp_path: Path) -> Path:
    for file in SAMPLE.parent.glob("demo_*.csv"):
        shutil.copy(file, tmp_path)
    return tmp_path / "demo_stats.csv"


def read(*paths: Path, fold: str = "") -> Imported:
    files = [open_input(path) for path in paths]
    return format_of(files).read(files, parse_options([fold] if fold else []))


def test_golden(stats: Path, golden: Callable[[str, str], None]) -> None:
    done = write_import([stats], None, Options())
    assert done.out == stats.with_name("demo_report")
    assert done.said.endswith("demo_stats.csv: Locust CSV, 1,268 requests")
    assert {file.name for file in done.out.iterdir()} == {"report.json", "report.md", "report.html", "report.pdf", "figures"}
    golden("locust.md", (done.out / "report.md").read_text())
    golden("locust.json", (done.out / "report.json").read_text())


def test_a_history_that_is_not_full_is_cumulative(stats: Path) -> None:
    file = stats.with_name("demo_stats_history.csv")
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "Aggregated" in line or line.startswith("Timestamp")))
    assert "cumulative" in render_markdown(compose_import(read(stats)))


def test_the_first_file_is_enough(stats: Path) -> None:
    stats.with_name("demo_stats_history.csv").unlink()
    stats.with_name("demo_failures.csv").unlink()
    report = compose_import(read(stats))
    assert report.hero is None
    assert "nothing is known over time" in render_markdown(report)
    assert "don't tell which requests failed, or why" in render_markdown(report)


def test_the_other_files_alone_are_not(stats: Path) -> None:
    with pytest.raises(UserError, match="Locust's history alone; give the file of its statistics too"):
        read(stats.with_name("demo_stats_history.csv"))


def test_a_prefix_stands_for_its_files(stats: Path) -> None:
    assert source_files([stats.with_name("demo")]) == [stats]
    with pytest.raises(UserError, match="other: no such file or run folder .nor Locust's other_stats.csv"):
        source_files([stats.with_name("other")])


def test_files_of_the_web_page_go_by_what_they_hold(stats: Path) -> None:
    names = {"demo_stats.csv": "requests_1795.csv", "demo_failures.csv": "failures_1797.csv",
             "demo_stats_history.csv": "requests_full_history_1796.csv"}  # fmt: skip
    paths = [stats.with_name(old).rename(stats.with_name(new)) for old, new in names.items()]
    test = read(*paths)
    assert test.name == "requests_1795"
    assert test.over_time is not None and test.causes is not None and test.causes[0].count == 15


def test_two_statistics_are_two_tests(stats: Path) -> None:
    with pytest.raises(UserError, match="its percentiles can't be put together: give one"):
        read(stats, shutil.copy(stats, stats.with_name("other_stats.csv")))


def test_causes_are_folded(stats: Path) -> None:
    rows = "".join(f"GET,/a/{i},gone: job {i},2,,\n" for i in range(40))
    stats.with_name("demo_failures.csv").write_text("Method,Name,Error,Occurrences,First Seen,Last Seen\n" + rows)
    assert [(c.name, c.error, c.count) for c in read(stats, fold=r"\d+").causes or ()] == [("/a/*", "gone: job *", 80)]
    text = render_markdown(compose_import(read(stats)))
    assert "15 others" in text and "The 25 most frequent causes of 40 causes" in text and "--fold REGEX" in text


def test_many_names_are_summed_up(stats: Path) -> None:
    body = [
        line
        for i in range(200)
        for line in [f"GET,/page/{i},{i + 1},0,10,12.0,5,30,2,{(i + 1) / 10},0.0,{','.join(['10'] * 11)}"]
    ]
    total = f",Aggregated,20100,0,10,12.0,5,30,2,2010.0,0.0,{','.join(['10'] * 11)}"
    stats.write_text("\n".join([HEADER, *body, total]) + "\n")
    stats.with_name("demo_failures.csv").unlink()
    test = read(stats)
    assert test.others is not None and test.others.requests == sum(range(1, 176)) and test.others.mean == pytest.approx(0.012)
    report = compose_import(test)
    text = render_markdown(report)
    assert "| 175 others |" in text and "/page/199" in text and "/page/100 " not in text
    assert '"/page/0"' in report.model_dump_json()


@dataclass(frozen=True)
class Variant:
    """A change of one file's text or bytes, and the sentence that refuses it, or what it is read as."""

    name: str
    change: Callable[[str], str | bytes]
    refused: str = ""
    requests: int = 1268
    median: float | None = 0.018
    says: str = ""
    file: str = "demo_stats.csv"
    ends: str = ""


def sub(*pairs: str) -> Callable[[str], str]:
    """Replace, and fail where there is nothing to be replaced."""

    def change(text: str) -> str:
        for old, new in zip(pairs[::2], pairs[1::2], strict=True):
            assert old in text, old
            text = text.replace(old, new)
        return text

    return change


def by_row(change: Callable[[list[list[str]]], list[list[str]]], **how: str) -> Callable[[str], str]:
    """Change the table, and write it as CSV."""

    def changed(text: str) -> str:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n", **how).writerows(change(list(csv.reader(io.StringIO(text)))))  # type: ignore[arg-type]
        return out.getvalue()

    return changed


def without(*names: str) -> Callable[[str], str]:
    """Without these columns."""
    return by_row(lambda rows: [[c for c, name in zip(row, rows[0], strict=True) if name not in names] for row in rows])


def put(line: int, column: str, value: str) -> Callable[[str], str]:
    """Another value in one cell; line 1 is the header."""

    def change(rows: list[list[str]]) -> list[list[str]]:
        rows[line - 1][rows[0].index(column)] = value
        return rows

    return by_row(change)


def german(text: str) -> str:
    """As a spreadsheet of a country with decimal commas saves it."""
    return by_row(lambda rows: [[cell.replace(".", ",") if i and cell[:1].isdigit() else cell for cell in row]
                                for i, row in enumerate(rows)], delimiter=";")(text)  # fmt: skip


def renamed(**names: str) -> Callable[[str], str]:
    """With other names of columns."""
    return by_row(lambda rows: [[names.get(cell.replace(" ", "_").replace("/", "_per_"), cell) for cell in rows[0]], *rows[1:]])


def pandas_index(text: str) -> str:
    """As DataFrame.to_csv writes it: a column of numbers without a name, whole numbers as floats."""
    return by_row(lambda rows: [["", *rows[0]], *([str(i), *row[:2], f"{row[2]}.0", f"{row[3]}.0", *row[4:]]
                                                   for i, row in enumerate(rows[1:]))])(text)  # fmt: skip


STATS = [
    Variant("as it is", str),
    Variant("CRLF", sub("\n", "\r\n")),
    Variant("CR", sub("\n", "\r")),
    Variant("UTF-8 with BOM", lambda text: b"\xef\xbb\xbf" + text.encode()),
    Variant("UTF-16 little-endian with BOM", lambda text: text.encode("utf-16")),
    Variant("UTF-16 big-endian with BOM", lambda text: b"\xfe\xff" + text.encode("utf-16-be")),
    Variant("UTF-16 without BOM", lambda text: text.encode("utf-16-le")),
    Variant("UTF-16 big-endian without BOM", lambda text: text.encode("utf-16-be")),
    Variant("UTF-8 names", sub("GET /tasks/{id}", "GET /aufträge/{id}"), says="aufträge"),
    Variant("Latin-1", lambda text: sub("GET /tasks/{id}", "GET /aufträge")(text).encode("latin-1"), refused="row 3: not UTF-8 .byte 0xe4"),
    Variant("GBK", lambda text: sub("GET /tasks/{id}", "GET /任务")(text).encode("gbk"), refused="not UTF-8"),
    Variant("gzip", lambda text: gzip.compress(text.encode()), ends=".gz"),
    Variant("zstd", lambda text: pa.compress(text.encode(), "zstd", asbytes=True), refused="", ends=".zst"),
    Variant("gzip by another name", lambda text: gzip.compress(text.encode())),
    Variant("gzip cut off", lambda text: gzip.compress(text.encode())[:200], refused="can't be read"),
    Variant("tabs", by_row(list, delimiter="\t")),
    Variant("semicolons", by_row(list, delimiter=";")),
    Variant("bars", by_row(list, delimiter="|")),
    Variant("a hint for spreadsheets", lambda text: "sep=;\n" + by_row(list, delimiter=";")(text)),
    Variant("decimal commas", german),
    Variant("decimal commas and tabs", lambda text: german(text).replace(";", "\t")),
    Variant("decimal commas with thousands' points", lambda text: german(text).replace(";1268;", ";1.268;")),
    Variant("all quoted", by_row(list, quoting=csv.QUOTE_ALL)),
    Variant("thousands' commas", put(5, "Request Count", "1,268")),
    Variant("thousands' commas in a time", put(5, "100%", "1,268"), refused="row 5, column '100%': '1,268'; allowed: a number like 1234.5"),
    Variant("both decimal marks", put(3, "Requests/s", "10,07"), refused="row 3, column 'Requests/s': '10,07'; other rows use another"),
    Variant("by pandas", pandas_index),
    Variant("by pandas, blank percentiles", put(2, "66%", "")),
    Variant("blank count", put(2, "Request Count", ""), refused="row 2, column 'Request Count': ''; allowed: a whole number"),
    Variant("blank failures", put(2, "Failure Count", ""), refused="column 'Failure Count'"),
    Variant("blank mean", put(2, "Average Response Time", "")),
    Variant("blank rate", put(5, "Requests/s", ""), says="don't tell how long"),
    Variant("blank lines", sub("\n", "\n\n")),
    Variant("blank cells at the end of rows", lambda text: text.replace("\n", ",\n")),
    Variant("a name that is missing", put(2, "Name", "")),
    Variant("nan", put(2, "Request Count", "nan"), refused="column 'Request Count': 'nan'; allowed: a whole number"),
    Variant("nan percentile", put(2, "99%", "nan")),
    Variant("inf", put(2, "99%", "inf"), refused="row 2, column '99%': 'inf'; allowed: a number"),
    Variant("inf count", put(2, "Request Count", "inf"), refused="'inf'; allowed: a number"),
    Variant("N/A", put(2, "99%", "N/A")),
    Variant("a word", put(2, "99%", "fast"), refused="row 2, column '99%': 'fast'; allowed: a number"),
    Variant("a word as count", put(2, "Request Count", "many"), refused="'many'; allowed: a number"),
    Variant("a huge number", put(2, "99%", "1" * 400), refused="allowed: a number from 0 on"),
    Variant("1e308", put(2, "99%", "1e308"), refused="'1e308'; allowed: a number from 0 on"),
    Variant("half a request", put(2, "Request Count", "792.5"), refused="'792.5'; allowed: a whole number"),
    Variant("negative count", put(2, "Request Count", "-792"), refused="'-792'; allowed: a number from 0 on"),
    Variant("negative time", put(2, "50%", "-1"), refused="'-1'; allowed: a number from 0 on"),
    Variant("scientific", put(2, "Average Response Time", "1.81e+01")),
    Variant("with a unit", put(2, "50%", "18 ms"), refused="'18 ms'; allowed: a number"),
    Variant("failures > requests", put(3, "Failure Count", "5000"), refused="row 3, column 'Failure Count': 5,000 failures of 242 requests"),
    Variant("cut in its last line", lambda text: text[:-60], refused="row 5: ends after 10 of 22 cells; was it cut off"),
    Variant("without its last line", lambda text: "".join(text.splitlines(True)[:-1]), refused="has no row Aggregated; was it cut off"),
    Variant("the header alone", lambda text: text.splitlines(True)[0], refused="has no row Aggregated; was it cut off"),
    Variant("half a header", lambda text: text[:80], refused="has no row Aggregated"),
    Variant("empty", lambda _: "", refused="is empty"),
    Variant("another file", lambda _: "a,b\n1,2\n", refused="no known format; it begins with 'a, b'"),
    Variant("zeros", lambda _: "\0" * 100, refused="no known format"),
    Variant("a binary file", lambda _: bytes(range(256)) * 20, refused="no known format"),
    Variant("a page", lambda _: "<!DOCTYPE html><html></html>", refused="no known format"),
    Variant("a quote that never ends", sub("GET /tasks/{id}", '"GET /tasks/{id}', ",242", ',242'), refused="has no row Aggregated|cells"),
    Variant("two headers", lambda text: text + text, refused="row 6: names the columns again: the files of several runs in one"),
    Variant("two totals", lambda text: text + text.splitlines(True)[-1], refused="row 6: a second row over all requests"),
    Variant("a row behind the total", lambda text: text + text.splitlines(True)[1], refused="row 6: stands behind the row over all requests"),
    Variant("an endpoint named Aggregated", sub("GET,GET /tasks/{id}", "GET,Aggregated"), says="| Aggregated | GET |"),
    Variant("a row is missing", lambda text: "".join(t for t in text.splitlines(True) if "POST" not in t), says="add up to 1,034 requests, the total says 1,268"),
    Variant("a comma in a name, not quoted", sub("GET /tasks/{id}", "GET /tasks,{id}"), refused="row 3: has 23 cells, the header 22"),
    Variant("a line break in a name", sub("GET /tasks/{id}", '"GET\n/tasks/{id}"')),
    Variant("other percentiles", without("66%", "75%", "80%", "98%", "99.9%", "99.99%")),
    Variant("few percentiles", without("50%", "66%", "75%", "80%", "95%", "98%", "99%", "99.9%", "99.99%"), median=None, says="90 % within 29 ms"),
    Variant("no percentiles", without("50%", "66%", "75%", "80%", "90%", "95%", "98%", "99%", "99.9%", "99.99%", "100%"), median=None, says="no percentile is carried"),
    Variant("99.999 %", sub("99.99%", "99.999%"), says="99.999 %"),
    Variant("percentiles of the web page", sub("50%", "50%ile (ms)", "95%", "95%ile (ms)")),
    Variant("columns in another order", by_row(lambda rows: [row[::-1] for row in rows])),
    Variant("columns that nobody knows", by_row(lambda rows: [[*row, "x"] for row in rows])),
    Variant("no types", without("Type")),
    Variant("before 1.0", renamed(Type="Method", Request_Count="# requests", Failure_Count="# failures", Failures_per_s="Requests Failed/s",
                                  Average_Response_Time="Average response time")),
    Variant("before 0.13", lambda text: renamed(Type="Method", Request_Count="# requests", Failure_Count="# failures")(text).replace("Aggregated", "Total")),
    Variant("lower case", lambda text: text.replace(HEADER, HEADER.lower())),
    Variant("no failures", without("Failure Count"), refused="no known format"),
    Variant("no requests at all", lambda _: HEADER + "\n,Aggregated,0,0,0,0.0,0,0,0,0.0,0.0" + ",N/A" * 11 + "\n", requests=0, median=None, says="None of the requests failed|don't tell"),
]  # fmt: skip
HISTORY = [
    Variant("times in milliseconds", by_row(lambda rows: [rows[0], *([f"{row[0]}000", *row[1:]] for row in rows[1:])])),
    Variant("times as text", by_row(lambda rows: [rows[0], *([f"2026-11-21T22:50:{i // 4:02}Z", *row[1:]] for i, row in enumerate(rows[1:]))])),
    Variant("a time that is none", put(2, "Timestamp", "soon"), says="column 'Timestamp': 'soon'; allowed: seconds since 1970"),
    Variant("a time before its time", put(2, "Timestamp", "5"), says="column 'Timestamp': '5'; allowed: seconds since 1970"),
    Variant("blank users", put(2, "User Count", "")),
    Variant("no users", without("User Count")),
    Variant("no 95 %", without("95%")),
    Variant("two headers", lambda text: text + text, says="names the columns again"),
    Variant("two processes", lambda text: text + "".join(text.splitlines(True)[1:]), says="several processes wrote this file"),
    Variant("two processes, row by row", lambda text: "".join(line * 2 if i else line for i, line in enumerate(text.splitlines(True))), says="several processes wrote this file"),
    Variant("cut in its last line", lambda text: text[:-30]),
    Variant("one row", lambda text: "".join(text.splitlines(True)[:2])),
    Variant("the header alone", lambda text: text.splitlines(True)[0]),
    Variant("inf", put(2, "Requests/s", "inf"), says="column 'Requests/s': 'inf'"),
    Variant("decimal commas", german),
]  # fmt: skip
FAILURES = [
    Variant(
        "half a failure", put(2, "Occurrences", "1.5"), says="Left out, since it can't be read: .*'1.5'; allowed: a whole number"
    ),
    Variant("before 1.0", renamed(Occurrences="# occurrences")),
    Variant("an error of two lines", put(2, "Error", "a\nb")),
    Variant("cut in its last line", lambda text: text[:-40]),
    Variant("empty", lambda _: ""),
]


def variants() -> Iterator[Variant]:
    yield from STATS
    yield from (Variant(v.name, v.change, v.refused, says=v.says, file="demo_stats_history.csv") for v in HISTORY)
    yield from (Variant(v.name, v.change, v.refused, says=v.says, file="demo_failures.csv") for v in FAILURES)


def test_there_are_enough_variants() -> None:
    assert len(list(variants())) >= 71


@pytest.mark.parametrize("variant", list(variants()), ids=lambda variant: f"{variant.file[5:-4]}: {variant.name}")
def test_variants(stats: Path, variant: Variant) -> None:
    file = stats.with_name(variant.file)
    changed = variant.change(file.read_text())
    file.unlink()
    file = file.with_name(file.name + variant.ends)
    file.write_bytes(changed if isinstance(changed, bytes) else changed.encode())
    path = file if variant.file == stats.name else stats
    if variant.refused:
        with pytest.raises(UserError, match=variant.refused) as caught:
            read(path)
        assert str(path) in str(caught.value) and "\n" not in str(caught.value)
        return
    report = compose_import(read(path))
    check(report, read(path), variant)


def check(report: Report, test: Imported, variant: Variant) -> None:
    assert test.total.requests == variant.requests
    assert dict(zip(test.ps, test.total.percentiles, strict=True)).get(0.5) == variant.median
    text = render_markdown(report).replace("\\", "")
    assert re.search(variant.says, text), text
