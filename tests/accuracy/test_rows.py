"""Every claim of the report, against known truth in virtual time: the same rows as `make accuracy`, some of them repeated less often."""

import pytest

from .registry import all_rows
from .rows import Row


@pytest.mark.parametrize("row", all_rows(), ids=lambda row: row.claim)
def test_claim(row: Row) -> None:
    reached = (row.quick or row.measure)()
    assert reached.passed, f"{row.claim}: {reached.value}, where the target is {row.target}"
