"""Which runs are compared with which."""

from pathlib import Path

import pytest

from load.cli.compare import compare
from profiles import UserError

SAMPLE = Path(__file__).resolve().parents[3] / "results" / "sample"


def test_a_run_is_not_compared_with_itself(tmp_path: Path) -> None:
    same = SAMPLE.parent / "." / ".." / "results" / "sample"
    with pytest.raises(UserError, match="is named twice; a run can't be compared with itself"):
        compare([str(SAMPLE), "--with", str(same)], out=tmp_path)
