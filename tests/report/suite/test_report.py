"""The report on a suite whose truth is known: every rate was chosen, so every answer is."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from profiles import UserError
from report.document.block import Findings
from report.document.finding import Finding
from report.document.report import Report
from report.document.table import Table
from report.render.formats import WITHOUT_PDF
from report.suite.document import compose_suite, write_suite_report
from report.suite.exports import junit_xml, runs_csv, summary_csv
from report.suite.phases import phases_of
from report.suite.results import Results, read_results
from tests.batches import write_suite

SUITE = """
name = "tried"
goal = "What does it come to?"
profile = "batch"
repeats = 3
[parameters]
strategy = "async"
workers = 1
kind = "cpu"
[set]
"load.jobs" = 40
"limit" = [{ that = "makespan(job) < 10s" }]
[[phase]]
name = "best"
question = "Which strategy is best?"
scenario = "best_{strategy}"
matrix = { strategy = ["async", "thread", "auto"] }
[[phase]]
name = "scaling"
scenario = "scale_{workers}"
matrix = { workers = [1, 2, 4] }
scale = "workers"
[[phase]]
name = "knee"
scenario = "knee_{strategy}_{workers}"
matrix = { strategy = ["async", "thread"], workers = [1, 2, 4, 8, 16, 32] }
knee = "workers"
[[phase]]
name = "interactions"
scenario = "mix_{strategy}_{kind}"
matrix = { strategy = ["async", "thread"], kind = ["cpu", "io"] }
beside = "strategy"
[[phase]]
name = "tenants"
[[phase.scenario]]
name = "shared"
merge = { tenant = [{ name = "small", jobs = 20 }, { name = "large", jobs = 20 }], load = { shape = "batch", clients = 4 } }
"""


def near(rate: float) -> list[float]:
    """Three repeats, each within a percent."""
    return [rate * 0.99, rate, rate * 1.01]


KNEE = {f"knee_async_{workers}": near(min(workers * 2.0, 10.0)) for workers in (1, 2, 4, 8, 16, 32)}
FLAT = {f"knee_thread_{workers}": near(5.0) for workers in (1, 8, 32)}


@pytest.fixture
def results(tmp_path: Path) -> Callable[..., Results]:
    def make(rates: Mapping[str, Sequence[float]], outcomes: Mapping[str, str] | None = None) -> Results:
        file = tmp_path / "suite.toml"
        file.write_text(SUITE)
        return read_results(write_suite(tmp_path / "suite", file, rates, outcomes))

    return make


def answer(report: Report, subject: str) -> Finding:
    return next(finding for finding in report.answers if finding.subject == subject)


def tables(report: Report, section: str) -> dict[str, Table]:
    blocks = next(each.blocks for each in report.sections if each.id == section)
    return {block.title: block for block in blocks if isinstance(block, Table)}


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def found_in(report: Report, section: str) -> list[str]:
    blocks = next(each.blocks for each in report.sections if each.id == section)
    return [finding.sentence for block in blocks if isinstance(block, Findings) for finding in block.findings]


def test_a_clear_best_and_what_each_run_came_to(results: Callable[..., Results]) -> None:
    report = compose_suite(results({"best_async": near(5), "best_thread": near(10), "best_auto": near(7)}))
    said = answer(report, "Which strategy is best?")
    assert said.sentence.startswith("thread, 1.43 × (") and said.sentence.endswith(") auto.") and said.level == "good"
    assert (report.trust, report.facts[0]) == ("VALID", ("Scenarios", "3 of 23"))
    rows = texts(tables(report, "phase-1")["Jobs completed per second: best"])
    assert [row[1:4] for row in rows] == [["best_async", "3", "5.00"], ["best_thread", "3", "10.0"], ["best_auto", "3", "7.00"]]
    assert (rows[0][4], rows[0][7], rows[0][8]) == ("4.88 to 5.12", "0.050", "120")
    assert answer(report, "Failures and timeouts").level == "good"


def test_equals_are_not_told_apart_nor_is_anything_by_two_runs(results: Callable[..., Results]) -> None:
    report = compose_suite(results({"best_async": near(5), "best_thread": near(5), "best_auto": [5.1, 5.0, 4.9]}))
    assert "can't be told apart" in answer(report, "Which strategy is best?").sentence


def test_two_runs(results: Callable[..., Results]) -> None:
    report = compose_suite(results({"best_async": [5, 5], "best_thread": [9, 9]}))
    said = answer(report, "Which strategy is best?").sentence
    assert said == "thread was highest, but 2 repeats can't tell strategy apart."
    assert report.trust == "VALID" and report.reasons[0].sentence.startswith("2 scenarios of 2 have fewer than 3 usable runs")
    assert [row[4] for row in texts(tables(report, "phase-1")["Jobs completed per second: best"])] == ["–", "–"]


def test_speed_up_is_paired(results: Callable[..., Results]) -> None:
    """The machine slows down by a half; the speed-up of each repeat is 2 and 3 all the same."""
    slow = [6.0, 5.0, 4.0, 3.0]
    report = compose_suite(results({"scale_1": slow, "scale_2": [2 * v for v in slow], "scale_4": [3 * v for v in slow]}))
    rows = texts(tables(report, "phase-1")["Speed-up"])
    assert [row[:2] for row in rows] == [["1", "1.00"], ["2", "2.00"], ["4", "3.00"]]
    assert rows[2][3] == "75.0 %"
    assert answer(report, "scaling").sentence.startswith("workers 1 → 4 gives 3.00 × the jobs/s")
    assert any("fell by" in finding.sentence for finding in report.findings if finding.subject == "Drift")


def test_the_knee(results: Callable[..., Results]) -> None:
    found = results({**KNEE, **FLAT})
    (phase,) = phases_of(found)
    bent, flat = phase.knees
    assert (bent.seen, flat.seen) == ("found", "below")
    assert bent.at.value == pytest.approx(5.0, rel=0.02) and bent.at.low < 5.05 and bent.at.high > 4.95
    assert bent.top.value == pytest.approx(10.0, rel=0.02) and bent.top.low <= 10 <= bent.top.high
    said = compose_suite(found).answers[0].sentence
    assert "strategy = async: throughput grows up to workers = 5" in said
    assert "strategy = thread: throughput does not grow with workers: 5.00 jobs/s from 1 on." in said


def test_an_interaction(results: Callable[..., Results]) -> None:
    """Threads are half as good on the processor and twice as good with files: 4 times as good with files as on the processor."""
    rates = {"mix_async_cpu": near(8), "mix_thread_cpu": near(4), "mix_async_io": near(5), "mix_thread_io": near(10)}
    report = compose_suite(results(rates))
    said = found_in(report, "phase-1")
    assert "With kind = cpu: async, 2.00 × (" in said[0] and "With kind = io: thread, 2.00 × (" in said[0]
    assert said[1].startswith("thread against async is 4.00 × as good with kind = io as with cpu")
    assert said[1].endswith("which strategy is better depends on kind.")


def test_timeouts_and_failures_count_as_nothing_else(results: Callable[..., Results]) -> None:
    outcomes = {"best_async": "timed out", "best_thread": "failed"}
    found = results({"best_async": [5, 5], "best_thread": [0, 0], "best_auto": near(7)}, outcomes)
    report = compose_suite(found)
    assert answer(report, "Failures and timeouts").sentence == "2 runs timed out and 2 runs failed."
    assert report.trust == "INVALID"
    rows = texts(tables(report, "failures")["Runs that went wrong, or whose jobs did"])
    assert [row[:3] for row in rows][:2] == [["best_async", "1", "timed out"], ["best_async", "2", "timed out"]]
    summary = list(csv.DictReader(io.StringIO(summary_csv(found))))
    assert [(row["scenario"], row["usable"], row["jobs_per_s_mean"]) for row in summary] == [
        ("best_async", "0", ""), ("best_thread", "0", ""), ("best_auto", "3", summary[2]["jobs_per_s_mean"]),
    ]  # fmt: skip
    assert float(summary[2]["jobs_per_s_mean"]) == pytest.approx(7, rel=0.01)
    root = ElementTree.fromstring(junit_xml(found).split("\n", 1)[1])
    (suite,) = root
    assert (suite.get("tests"), suite.get("failures")) == ("7", "4"), [case.attrib for case in suite if len(case)]


def test_repeats_of_two_kinds(results: Callable[..., Results]) -> None:
    report = compose_suite(results({"best_async": [0.66, 13.0, 13.1]}))
    (found,) = [finding for finding in report.findings if finding.subject == "Two kinds of result"]
    assert (
        "0.66" in found.sentence and "(1 run) and 13.0 to 13.1 jobs/s (2 runs). Their mean describes neither." in found.sentence
    )


def test_limits_over_repeats(results: Callable[..., Results]) -> None:
    """40 jobs at 3 jobs/s take 13.3 s, where 10 are allowed."""
    report = compose_suite(results({"best_async": [3, 5, 5], "best_thread": near(8)}))
    rows = texts(tables(report, "limits")["Limits"])
    assert rows[0][0] == "best_async" and rows[0][3] == "FAIL in 1 of 3" and rows[1][3] == "PASS"
    assert rows[0][2] == "8.00 to 13.3 s"


def test_tenants_side_by_side(results: Callable[..., Results]) -> None:
    report = compose_suite(results({"shared": near(5)}))
    ((name, small, large, times),) = texts(tables(report, "tenants")["Time of a job by tenant"])
    assert name == "shared" and float(large.replace(",", "")) > float(small.replace(",", "")) and 1 < float(times) < 1.2


def test_every_run_has_a_row(results: Callable[..., Results]) -> None:
    rows = list(csv.DictReader(io.StringIO(runs_csv(results({"best_async": near(5), "scale_2": [4]})))))
    assert [(row["scenario"], row["repeat"], row["folder"]) for row in rows] == [
        ("best_async", "1", "runs/best_async/1"), ("best_async", "2", "runs/best_async/2"), ("best_async", "3", "runs/best_async/3"),
        ("scale_2", "1", "runs/scale_2/1"),
    ]  # fmt: skip
    assert float(rows[1]["jobs_per_s"]) == pytest.approx(5, rel=1e-3) and float(rows[1]["total_s"]) == pytest.approx(8, rel=1e-3)
    assert rows[3]["workers"] == "2"


def test_documents_are_written(results: Callable[..., Results], tmp_path: Path) -> None:
    results({"best_async": near(5)})
    report = write_suite_report(tmp_path / "suite", formats=WITHOUT_PDF)
    assert [chart.name for chart in report.charts]
    written = {file.name for file in (tmp_path / "suite" / "report").iterdir()}
    assert written == {"report.json", "report.md", "report.html", "figures", "summary.csv", "runs.csv", "junit.xml"}
    read = Report.model_validate_json((tmp_path / "suite" / "report" / "report.json").read_text())
    assert read.kind == "Report on a suite of load tests"


def test_a_suite_without_runs(tmp_path: Path) -> None:
    file = tmp_path / "suite.toml"
    file.write_text(SUITE)
    write_suite(tmp_path / "suite", file, {"best_async": []})
    with pytest.raises(UserError, match="no run of this suite was begun"):
        write_suite_report(tmp_path / "suite")
