"""Answers that only the way of asking explains: the run is INVALID and names the code, and nothing is said to have broken."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from report.compose import compose
from report.recording.run import read_run
from report.validity.assessment import AssessedRun, assess
from tests.report.conftest import STEPS
from tests.simulate import Service, simulate

Answer = Callable[[dict[str, str]], bool]


def answered(tmp_path: Path, which: Answer, code: str, error: str, **load: str) -> AssessedRun:
    """A sound run of three steps in which these requests were answered otherwise."""
    overrides = ["load.hold=40s", *STEPS, "load.until=75", *(f"{key}={value}" for key, value in load.items())]
    folder = simulate(tmp_path, overrides, Service(servers=20), stops=False)
    file = folder / "requests.csv"
    with file.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        if which(row):
            row |= {"code": code, "ok": "false" if row["ok"] in ("true", "false") else "0", "error": error}
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return assess(read_run(folder))


@pytest.mark.parametrize(
    ("which", "code", "error", "said"),
    [
        (lambda row: float(row["sent"]) > 60, "401", "Unauthorized", "From 1:00 on all"),
        (lambda row: row["endpoint"] == "result", "302", "the reply is a redirect", "result requests were answered 302"),
        (lambda row: row["endpoint"] == "status", "404", "not found", "status requests were answered 404 (not found)"),
        (lambda row: row["endpoint"] == "status", "200", "the reply is not JSON", "status requests were answered 200 (the reply is not JSON)"),
    ],
)  # fmt: skip
def test_a_fault_of_the_test_is_named_and_bounds_nothing(tmp_path: Path, which: Answer, code: str, error: str, said: str) -> None:
    assessed = answered(tmp_path, which, code, error)
    assert assessed.trust == "INVALID" and assessed.capacity.breaking is None
    (check, *_) = [check for check in assessed.checks if check.name == "Mapping"]
    assert said in check.sentence and code in check.sentence and "stepload check" in check.remedy
    report = compose(assessed.run)
    assert not any("Breaking point" in found.sentence for found in report.answers)


@pytest.mark.parametrize("code", ["429", "503"])
def test_too_many_requests_and_a_service_that_is_down_are_answers_to_the_load(tmp_path: Path, code: str) -> None:
    assessed = answered(tmp_path, lambda row: float(row["sent"]) > 60, code, "busy")
    assert not [check for check in assessed.checks if check.name == "Mapping"]


def test_an_answer_that_comes_now_and_then_is_none(tmp_path: Path) -> None:
    assessed = answered(tmp_path, lambda row: row["endpoint"] == "status" and row["job"].endswith("7"), "404", "not found")
    assert not [check for check in assessed.checks if check.name == "Mapping"]
