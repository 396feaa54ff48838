"""The stop rule fall."""

from typing import Any

import pytest

from tests.judging import completions, held, judge


@pytest.mark.parametrize(
    ("clients", "rates", "fired_at"),
    [
        pytest.param((10, 20, 30, 40), (10, 20, 12, 11), 240, id="two steps far below the best"),
        pytest.param((10, 20, 30, 40), (10, 20, 12, 19), None, id="one step only"),
        pytest.param((10, 20, 30, 40), (10, 20, 19, 19), None, id="within ten percent"),
        pytest.param((40, 30, 20, 10), (20, 12, 11, 10), None, id="fewer clients bring less: no fall"),
    ],
)
def test_a_fall(with_stops: Any, clients: tuple[int, ...], rates: tuple[float, ...], fired_at: int | None) -> None:
    changes = judge(with_stops({"rule": "fall"}), completions(*rates), held(*clients))
    assert [change.at for change in changes if change.state == "fired"] == ([fired_at] if fired_at else [])
