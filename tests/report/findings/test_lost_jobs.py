"""What became of single jobs."""

from pathlib import Path

import pytest

from report.analysis.run import Analysis, analyse
from report.document.finding import Finding
from report.findings.registry import findings_of
from report.recording.run import read_run
from tests.report.conftest import STEPS
from tests.simulate import Service, simulate


def found(analysis: Analysis) -> dict[str, Finding]:
    return {finding.subject: finding for finding in findings_of(analysis)}


@pytest.mark.parametrize(
    ("column", "value", "subject", "number"),
    [("outcome", "lost", "Lost jobs", "lost"), ("id", "id7", "Duplicate jobs", "ids"), ("outcome", "timed_out", "Jobs given up", "timed_out"),
     ("outcome", "errored", "Uncertain jobs", "errored")],
)  # fmt: skip
def test_what_became_of_single_jobs(tmp_path: Path, column: str, value: str, subject: str, number: str) -> None:
    """One row of jobs.csv says otherwise than the others."""
    folder = simulate(tmp_path, ["load.hold=20s", *STEPS, "load.until=25"], Service())
    lines = (folder / "jobs.csv").read_text().splitlines()
    place = lines[0].split(",").index(column)
    row = lines[3].split(",")
    assert row[place] != value
    lines[3] = ",".join([*row[:place], value, *row[place + 1 :]])
    (folder / "jobs.csv").write_text("\n".join(lines) + "\n")
    finding = found(analyse(read_run(folder)))[subject]
    assert finding.numbers[number] == 1
    assert finding.level in ("note", "warning", "bad")
    assert [(rows.file, rows.count) for rows in finding.source.rows] == [("jobs.csv", 2 if column == "id" else 1)]
