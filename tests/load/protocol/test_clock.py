"""One clock for all machines of a run."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from load.protocol.clock import best_offset, boot_id, run_clock

DELAYS = st.lists(st.tuples(st.floats(1e-4, 2), st.floats(1e-4, 2)), min_size=1, max_size=9)


@given(st.floats(-1e6, 1e6), DELAYS)
def test_the_error_that_is_told_holds_the_true_offset(offset: float, delays: list[tuple[float, float]]) -> None:
    """Each exchange takes so long there and so long back; the other clock is ahead by `offset`."""
    exchanges, now = [], 100.0
    for there, back in delays:
        exchanges.append((now, now + there + offset, now + there + back))
        now += there + back + 0.05
    found, error = best_offset(exchanges)
    assert abs(found - offset) <= error + 1e-6
    assert error == pytest.approx(min(there + back for there, back in delays) / 2, abs=1e-6)


def test_a_run_clock_counts_from_its_epoch() -> None:
    now = run_clock(time.monotonic() - 5.0)
    assert 5.0 <= now() < 65.0
    assert boot_id() == boot_id() != ""
