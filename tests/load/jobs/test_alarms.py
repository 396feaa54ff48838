"""Those that wait are called when they are due, in order; greenlets sleep until then."""

import random
import time

import gevent

from load.jobs.alarms import Alarms, Sleepers

PATIENCE = 20.0


def until(condition: object) -> None:
    with gevent.Timeout(PATIENCE):
        while not condition():  # type: ignore[operator]
            gevent.sleep(0.001)


def test_each_is_called_once_in_the_order_in_which_they_are_due_and_none_early() -> None:
    called: list[tuple[float, float]] = []
    alarms: Alarms[float] = Alarms(time.monotonic, lambda due: called.append((due, time.monotonic())))
    draws, start = random.Random(7), time.monotonic()
    dues = [start + draws.uniform(0, 0.1) for _ in range(300)]
    for due in dues:
        alarms.set(due, due)
    until(lambda: len(called) == 300)
    assert [due for due, _ in called] == sorted(dues)
    assert all(at >= due for due, at in called)


def test_one_that_is_called_may_set_the_next() -> None:
    """Also one that is due at once: it comes when the others have had their turn."""
    called: list[int] = []

    def again(number: int) -> None:
        called.append(number)
        if number < 5:
            alarms.set(time.monotonic(), number + 1)

    alarms: Alarms[int] = Alarms(time.monotonic, again)
    alarms.set(0.0, 0)
    until(lambda: len(called) == 6)
    assert called == list(range(6))


def test_who_was_taken_back_is_not_called() -> None:
    called: list[str] = []
    alarms: Alarms[str] = Alarms(time.monotonic, called.append)
    alarms.set(time.monotonic() + 0.01, "first")
    alarms.set(time.monotonic() + 0.02, "second")
    assert sorted(alarms.take_all()) == ["first", "second"]
    alarms.set(time.monotonic() + 0.03, "third")
    until(lambda: called)
    assert called == ["third"]


def test_sleepers_wake_when_they_are_due() -> None:
    sleepers = Sleepers(time.monotonic)

    def sleep(seconds: float) -> bool:
        due = time.monotonic() + seconds
        sleepers.sleep_until(due)
        return time.monotonic() >= due

    asleep = [gevent.spawn(sleep, 0.001 * number) for number in range(50)]
    gevent.joinall(asleep, timeout=PATIENCE)
    assert [each.value for each in asleep] == [True] * 50


def test_whose_time_has_passed_lets_others_run() -> None:
    order: list[str] = []

    def late(name: str) -> None:
        for _ in range(2):
            Sleepers(time.monotonic).sleep_until(0.0)
            order.append(name)

    gevent.joinall([gevent.spawn(late, "a"), gevent.spawn(late, "b")], timeout=PATIENCE)
    assert order == ["a", "b", "a", "b"]


def test_one_that_is_killed_asleep_is_not_woken() -> None:
    """It goes on to live a while, and must not be woken from something else."""
    sleepers, woken = Sleepers(time.monotonic), []

    def sleep() -> None:
        try:
            sleepers.sleep_until(time.monotonic() + 0.01)
        except gevent.GreenletExit:
            started = time.monotonic()
            gevent.sleep(0.03)
            woken.append(time.monotonic() - started >= 0.03)

    sleeper = gevent.spawn(sleep)
    gevent.sleep(0)
    sleeper.kill()
    assert woken == [True]
