"""Cells that several tables have in common."""

import math

import pytest

from report.document.cells import p_cell, share_cell
from report.text import NONE


@pytest.mark.parametrize(
    ("p", "text", "value"),
    [
        (0.0499, "0.050", 0.0499),
        (0.001, "0.001", 0.001),
        (0.00099, "< 0.001", 0.00099),
        (0.0, "< 0.001", 0.0),
        (math.nan, NONE, None),
    ],
)
def test_p(p: float, text: str, value: float | None) -> None:
    cell = p_cell(p)
    assert (cell.text, cell.value) == (text, value)


@pytest.mark.parametrize(("share", "value"), [(0.0, 0.0), (0.5, 0.5), (math.nan, None)])
def test_share(share: float, value: float | None) -> None:
    cell = share_cell(share)
    assert cell.value == value
    assert (cell.text == NONE) is math.isnan(share)
