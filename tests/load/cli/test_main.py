"""The command line's own mistakes, and the order of its commands."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from load.cli.main import app, compare, report, worker
from profiles import UserError

SAMPLE = Path(__file__).resolve().parents[3] / "results" / "sample"


def test_help_lists_the_commands_in_the_order_of_their_use() -> None:
    lines = CliRunner().invoke(app, ["--help"]).output.partition("Commands:")[2].splitlines()
    commands = [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "]
    assert commands == ["demo", "new", "check", "run", "report", "stops", "compare", "worker", "agent"]
    assert not any(line.endswith("...") for line in lines)


def test_a_run_is_not_compared_with_itself(tmp_path: Path) -> None:
    same = SAMPLE.parent / "." / ".." / "results" / "sample"
    with pytest.raises(UserError, match="is named twice; a run can't be compared with itself"):
        compare([str(SAMPLE), "--with", str(same)], out=tmp_path)


def test_a_file_is_no_run(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.touch()
    with pytest.raises(UserError, match=r"x\.toml: neither a run folder, nor the PREFIX"):
        report([file])


def test_no_master_listens_at_port_0() -> None:
    with pytest.raises(UserError, match="--master 127.0.0.1:0: no master can listen at port 0"):
        worker("127.0.0.1:0")
