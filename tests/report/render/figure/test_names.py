"""The names in the right margin don't overlap, and stay in the order of their lines."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.render.figure.names import GAP, spread


@given(st.lists(st.floats(0, 100), max_size=12).map(sorted))
def test_names_are_apart_and_in_order(ends: list[float]) -> None:
    heights = spread(ends, 0.0, 100.0)
    assert len(heights) == len(ends)
    assert all(second - first >= GAP - 1e-9 for first, second in pairwise(heights))
    if len(ends) * GAP <= 100:
        assert all(height <= 100 for height in heights)


def test_names_with_room_stay_where_their_lines_end() -> None:
    assert spread([10.0, 40.0, 90.0], 0.0, 100.0)[1:] == pytest.approx([40.0, 90.0])
