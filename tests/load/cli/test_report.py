"""What a report can be made of, and where it goes."""

import json
import shutil
from pathlib import Path

import pytest

from load.cli.report import report
from profiles import UserError


def test_a_file_is_no_run(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.touch()
    with pytest.raises(UserError, match=r"x\.toml: neither a run folder, nor the PREFIX"):
        report([file])


SAMPLE = Path(__file__).resolve().parents[3] / "results" / "sample"


def test_each_of_several_reports_has_a_folder_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        shutil.copytree(SAMPLE, tmp_path / name, ignore=shutil.ignore_patterns("report"))
        info = json.loads((tmp_path / name / "run.json").read_text())
        (tmp_path / name / "run.json").write_text(json.dumps(info | {"labels": {"build": f"the build {name}"}}))
    out = tmp_path / "out"
    report([tmp_path / "a", tmp_path / "b"], out)
    assert capsys.readouterr().out.split() == [str(out / name / "report.pdf") for name in ("a", "b")]
    for name in ("a", "b"):
        assert f"the build {name}" in (out / name / "report.json").read_text()


def test_two_reports_are_never_written_to_one_place(tmp_path: Path) -> None:
    (tmp_path / "x" / "run").mkdir(parents=True)
    (tmp_path / "y" / "run").mkdir(parents=True)
    with pytest.raises(UserError, match=r"--out .*: two reports would both be written to .*/out/run; write them one at a time"):
        report([tmp_path / "x" / "run", tmp_path / "y" / "run"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
