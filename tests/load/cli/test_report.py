"""What a report can be made of, and where it goes."""

from pathlib import Path

import pytest

from load.cli.report import report
from profiles import UserError


def test_a_file_of_no_known_format(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.touch()
    with pytest.raises(UserError, match=r"x\.toml: is empty; can be read: Locust CSV"):
        report([file])


SAMPLE = Path(__file__).resolve().parents[3] / "results" / "sample"


def test_reports_do_not_overwrite_each_other(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="for one report alone; several would overwrite each other there"):
        report([SAMPLE, SAMPLE.parent], out=tmp_path)


def test_other_files_are_named_with_their_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prefix = Path(__file__).parents[2] / "data" / "locust" / "demo"
    report([prefix], out=tmp_path, format_="json")
    said, place = capsys.readouterr().out.splitlines()
    assert said == f"{prefix}_stats.csv: Locust CSV, 1,268 requests"
    assert place == str(tmp_path / "report.json") and (tmp_path / "report.json").exists()
