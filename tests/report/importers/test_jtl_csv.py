"""JMeter's CSV log: any subset of its columns, with exact percentiles, transactions not counted twice."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from profiles import UserError
from report.render.markdown import render_markdown

from .reading import EPOCH_MS, HEADER, composed, csv_text, elapsed_of, read, row, rows_of


def write(folder: Path, text: str | bytes, name: str = "test.jtl") -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_percentiles_are_exact(tmp_path: Path) -> None:
    test = read(write(tmp_path, csv_text(rows_of(3000))))
    times = elapsed_of(3000) / 1000
    assert dict(zip(test.ps, test.total.percentiles, strict=True)) == {
        p: pytest.approx(np.percentile(times, p * 100, method="linear")) for p in (0.5, 0.9, 0.95, 0.99)
    } | {0.999: None, 0.9999: None, 1.0: times.max()}
    for i, named in enumerate(test.names):
        assert (named.name, named.requests) == (("GET /a", "GET /b", "POST /c")[i], 1000)
        assert named.percentiles[0] == pytest.approx(np.median(times[i::3]))
        assert named.mean == pytest.approx(times[i::3].mean())
    assert test.total.failed == 60
    assert test.causes is not None and {cause.error for cause in test.causes} == {"503 Service Unavailable"}
    assert test.started == EPOCH_MS / 1000
    assert test.seconds == pytest.approx(max(i * 0.01 + t for i, t in enumerate(times)))


@pytest.mark.parametrize(
    ("change", "requests"),
    [
        (lambda rows: csv_text(rows), 1000),
        (lambda rows: csv_text(rows, header=False), 1000),
        (lambda rows: csv_text(rows, HEADER.replace(",URL", "").split(","), header=False), 1000),
        (lambda rows: csv_text(rows, delimiter="\t"), 1000),
        (lambda rows: csv_text(rows, delimiter=";"), 1000),
        (lambda rows: csv_text(rows, delimiter="|"), 1000),
        (lambda rows: csv_text(rows).replace("\n", "\r\n"), 1000),
        (lambda rows: b"\xef\xbb\xbf" + csv_text(rows).encode(), 1000),
        (lambda rows: csv_text(rows).encode("utf-16"), 1000),
        (lambda rows: gzip.compress(csv_text(rows).encode()), 1000),
        (lambda rows: pa.compress(csv_text(rows).encode(), "zstd", asbytes=True), 1000),
        (lambda rows: csv_text(rows, HEADER.split(",")[::-1]), 1000),
        (lambda rows: csv_text(rows)[:-40], 999),
        (lambda rows: csv_text(rows).rstrip("\n"), 1000),
        (lambda rows: "sep=;\n" + csv_text(rows, delimiter=";"), 1000),
        (lambda rows: csv_text([each | {"failureMessage": 'a "b",\nc'} for each in rows]), 1000),
        (lambda rows: csv_text([each | {"timeStamp": f"2026/11/27 12:00:{i // 20:02}.{i % 20:03}"} for i, each in enumerate(rows)]), 1000),
        (lambda rows: csv_text([each | {"timeStamp": f"2026-11-27T12:00:{i // 20:02}.{i % 20:03}Z"} for i, each in enumerate(rows)]), 1000),
        (lambda rows: csv_text(rows[::-1]), 1000),
    ],
)  # fmt: skip
def test_however_it_is_written(tmp_path: Path, change: Callable[..., str | bytes], requests: int) -> None:
    test = read(write(tmp_path, change(rows_of())))
    assert (test.total.requests, test.total.failed) == (requests, 20)
    assert test.total.percentiles[0] == pytest.approx(np.median(elapsed_of(1000)[:requests]) / 1000)


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["timeStamp", "elapsed"], "The files don't tell which requests failed"),
        (["elapsed", "timeStamp", "label"], "nor do the files tell which requests failed"),
        (["timeStamp", "elapsed", "success"], "| samples | 1,000 |"),
        (["timeStamp", "elapsed", "label", "success", "responseCode"], "| GET /a | 503 |"),
        (["timeStamp", "elapsed", "label", "success"], "| GET /a | failed |"),
        (["timeStamp", "elapsed", "label"], "Threads are not told, so steps of the load can't be told apart"),
    ],
)
def test_any_subset_of_columns(tmp_path: Path, names: list[str], says: str) -> None:
    assert says in render_markdown(composed(read(write(tmp_path, csv_text(rows_of(), names)))))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: rows[6].update(elapsed="fast"), "row 8, column 'elapsed': 'fast'; allowed: a number"),
        (lambda rows: rows[6].update(elapsed=""), "row 8, column 'elapsed': ''; allowed: a number"),
        (lambda rows: rows[6].update(elapsed="nan"), "row 8, column 'elapsed': 'nan'; allowed: a number"),
        (lambda rows: rows[6].update(elapsed="inf"), "row 8, column 'elapsed': 'inf'; allowed: a number"),
        (lambda rows: rows[6].update(elapsed="-5"), "row 8, column 'elapsed': '-5'; allowed: a number from 0 on"),
        (lambda rows: rows[6].update(elapsed="12,5"), "row 8, column 'elapsed': '12,5'; allowed: a number"),
        (lambda rows: rows[6].update(timeStamp="soon"), "row 8, column 'timeStamp': 'soon'; allowed: a number"),
        (lambda rows: rows[6].update(timeStamp="7"), "row 8, column 'timeStamp': '7'; allowed: milliseconds since 1970"),
        (lambda rows: rows[6].update(timeStamp="1e12"), "times more than a year apart"),
        (lambda rows: rows[6].update(allThreads="1e308"), "row 8, column 'allThreads': '1e308'; allowed: a count"),
        (lambda rows: rows[6].update(allThreads="x"), "row 8, column 'allThreads': 'x'; allowed: a number"),
        (
            lambda rows: [each.update(SampleCount="1") for each in rows] + [rows[3].update(SampleCount="4")],
            "column 'SampleCount': '4'",
        ),
        (lambda rows: rows.clear(), "holds no request"),
    ],
)
def test_wrong_cells(tmp_path: Path, change: Callable[[list[dict[str, str]]], object], says: str) -> None:
    rows = rows_of(100)
    change(rows)
    names = [*HEADER.split(","), *(["SampleCount"] if rows and "SampleCount" in rows[0] else [])]
    file = write(tmp_path, csv_text(rows, names))
    with pytest.raises(UserError) as caught:
        read(file)
    assert says in str(caught.value) and str(file) in str(caught.value) and "\n" not in str(caught.value)


def test_a_row_that_lacks_cells(tmp_path: Path) -> None:
    lines = csv_text(rows_of(100)).splitlines()
    lines[40] = "1795000000000,12"
    with pytest.raises(UserError, match="row 41: has 2 cells, the header 17"):
        read(write(tmp_path, "\n".join(lines)))


def test_a_cut_last_row_is_said(tmp_path: Path) -> None:
    test = read(write(tmp_path, csv_text(rows_of(100))[:-40]))
    assert "The last row of test.jtl was cut off, and is left out" in render_markdown(composed(test))


def transaction(start: int, elapsed: int, samples: int, **cells: object) -> dict[str, str]:
    message = f"Number of samples in transaction : {samples}, number of failing samples : 0"
    return row(start, elapsed, "Buy", responseMessage=message, dataType="", **cells)


def test_transactions_beside_their_samples_are_left_out(tmp_path: Path) -> None:
    rows = [
        part
        for i in range(50)
        for part in (row(i * 100, 20), row(i * 100 + 20, 30, "POST /b"), transaction(i * 100, 50, 2),
                     row(i * 100 + 3, 500, "GET /other", threadName="Users 1-2"))
    ]  # fmt: skip
    test = read(write(tmp_path, csv_text(rows)))
    assert [(named.name, named.requests) for named in test.names] == [("GET /a", 50), ("GET /other", 50), ("POST /b", 50)]
    assert "Left out are 50 transactions: rows that sum up others" in render_markdown(composed(test))


def test_transactions_that_stand_for_their_samples_count(tmp_path: Path) -> None:
    rows = [part for i in range(50) for part in (transaction(i * 100, 50, 2), row(i * 100 + 50, 20))]
    assert [(named.name, named.requests) for named in read(write(tmp_path, csv_text(rows))).names] == [
        ("Buy", 50),
        ("GET /a", 50),
    ]


def test_an_assertion_is_the_cause_where_the_reply_was_fine(tmp_path: Path) -> None:
    rows = [row(i * 10, 5, success="false", failureMessage="no total") for i in range(30)]
    rows += [
        row(300, 5, success="false", responseCode="Non HTTP response code: java.net.SocketException", responseMessage="reset")
    ]
    causes = read(write(tmp_path, csv_text(rows))).causes
    assert causes is not None
    assert [(c.error, c.count) for c in causes] == [
        ("no total", 30),
        ("Non HTTP response code: java.net.SocketException reset", 1),
    ]


def stairs(levels: tuple[int, ...], seconds: int, most: float, first: int = 0, host: str = "a") -> list[dict[str, str]]:
    """Threads that rise in steps, each with a request a second, of a service that completes `most` a second at most."""
    rows, rng = [], np.random.default_rng(3)
    for place, threads in enumerate(levels):
        count = int(min(threads, most) * seconds)
        for start in np.sort(rng.uniform(0, seconds * 1000, count)):
            at = first + place * seconds * 1000 + int(start)
            rows.append(row(at, 20, allThreads=threads, Hostname=host, threadName=f"{host} 1-1"))
    return rows


def test_capacity_from_threads_that_rise_in_steps(tmp_path: Path) -> None:
    test = read(write(tmp_path, csv_text(stairs((10, 20, 40, 80, 120, 160), 60, 50.0))))
    assert [(step.clients, round(step.start), round(step.end - step.start)) for step in test.steps] == [
        (10, 0, 60), (20, 60, 60), (40, 120, 60), (80, 180, 60), (120, 240, 60), (160, 300, 61)
    ]  # fmt: skip
    assert test.saturation is not None and test.saturation.state == "found"
    assert test.saturation.low <= 50 <= test.saturation.high
    assert test.saturation.knee == pytest.approx(50, rel=0.05)
    report = composed(test)
    answer = next(found for found in report.answers if found.subject == "Capacity")
    assert "requests/s (95 % interval" in answer.sentence and "threads on throughput stayed flat" in answer.sentence
    assert [chart.name for chart in report.charts] == ["overview", "load"]


@pytest.mark.parametrize("together", [True, False])
def test_threads_of_several_machines_add_up(tmp_path: Path, together: bool) -> None:
    parts = [stairs((5, 10, 20), 40, 100.0, host=host) for host in "ab"]
    names = [*HEADER.split(","), "Hostname"]
    texts = [csv_text(parts[0] + parts[1], names)] if together else [csv_text(part, names) for part in parts]
    test = read(*(write(tmp_path, text, f"{i}.jtl") for i, text in enumerate(texts)))
    assert test.total.requests == 2 * 35 * 40
    assert [step.clients for step in test.steps if step.end - step.start > 30] == [10, 20, 40]


def test_a_stall_is_found(tmp_path: Path) -> None:
    rows = [row(i * 20, 10 if not 2000 <= i * 20 < 7000 else 7000 - i * 20 + 10) for i in range(1000)]
    report = composed(read(write(tmp_path, csv_text(rows))))
    (stall,) = report.findings
    assert stall.sentence.startswith("From 0:02 on nothing came back for 5.0")
    assert report.sections[0].id == "findings"


def test_many_names_are_summed_up_with_exact_percentiles(tmp_path: Path) -> None:
    times = elapsed_of(6000)
    rows = [row(i * 5, int(times[i]), f"GET /item/{i % 400}" if i % 3 else f"GET /often/{i % 20}") for i in range(6000)]
    file = write(tmp_path, csv_text(rows))
    test = read(file)
    assert test.others is not None and len(test.names) == 420
    counts = sorted((named.requests for named in test.names), reverse=True)
    assert test.others.requests == sum(counts[25:])
    assert [named.name for named in read(file, fold=[r"\d+"]).names] == ["GET /item/*", "GET /often/*"]
    report = composed(test)
    assert "395 others" in render_markdown(report) and render_markdown(report).count("GET /item/") < 20
    assert report.model_dump_json().count("GET /item/") > 700


def test_a_name_from_elsewhere_is_only_text(tmp_path: Path) -> None:
    rows = [row(i * 10, 5, "<script>alert(1)</script> | {{ 7 * 7 }}") for i in range(30)]
    text = render_markdown(composed(read(write(tmp_path, csv_text(rows)))))
    assert "<script>" not in text and "49" not in text


def test_two_formats_are_not_one_test(tmp_path: Path) -> None:
    stats = Path(__file__).parents[2] / "data" / "locust" / "demo_stats.csv"
    with pytest.raises(
        UserError, match=r"demo_stats.csv: Locust CSV, but .*: JMeter JTL .CSV.; files of one test are of one format"
    ):
        read(write(tmp_path, csv_text(rows_of(100))), stats)


def test_a_format_by_name(tmp_path: Path) -> None:
    file = write(tmp_path, "a,b\n1,2\n")
    with pytest.raises(UserError, match="lacks the columns timeStamp and elapsed; is it JMeter's log"):
        read(file, form="jtl")
    with pytest.raises(UserError, match="--input jmeter: allowed: locust, jtl, jtl-xml, k6, k6-csv, columns"):
        read(file, form="jmeter")
