"""Cancelling what a run leaves open: all of it where there is time, never more at once or longer than allowed."""

import gevent
import pytest
from gevent.event import Event

from load.jobs.cancelling import AT_ONCE, cancel_all
from load.jobs.life import Life

LIVES = [Life(n, f"1-{n}", "sum", "", 0.0) for n in range(3 * AT_ONCE)]


def test_each_is_cancelled_a_few_at_once() -> None:
    out, most, done = 0, 0, []

    def cancel(life: Life) -> None:
        nonlocal out, most
        out += 1
        most = max(most, out)
        gevent.sleep(0)
        out -= 1
        done.append(life.number)

    cancel_all(LIVES, cancel, lambda: True)
    assert sorted(done) == list(range(len(LIVES)))
    assert most == AT_ONCE


def test_a_target_that_hangs_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("load.jobs.cancelling.PATIENCE", 0.1)
    cut = []

    def cancel(life: Life) -> None:
        try:
            Event().wait()
        except gevent.GreenletExit:
            cut.append(life.number)

    with gevent.Timeout(5):
        cancel_all(LIVES, cancel, lambda: True)
    assert sorted(cut) == list(range(AT_ONCE)), "each that was out had a chance to be recorded"


def test_it_ends_when_it_is_no_longer_wanted() -> None:
    done = []
    cancel_all(LIVES, lambda life: done.append(life.number), lambda: len(done) < 1)
    assert len(done) <= AT_ONCE + 1
