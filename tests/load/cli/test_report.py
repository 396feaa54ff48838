"""What a report can be made of."""

from pathlib import Path

import pytest

from load.cli.report import report
from profiles import UserError


def test_a_file_is_no_run(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.touch()
    with pytest.raises(UserError, match=r"x\.toml: neither a run folder, nor the PREFIX"):
        report([file])
