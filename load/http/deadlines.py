"""Limits of time for many requests at once, with one timer for all of them."""

import time

from gevent import get_hub, getcurrent
from greenlet import greenlet

GIVEN_UP = "ended when give_up_after had passed"
"""What is said of a request that was out when its job was given up."""


class OutOfTime(Exception):
    """Thrown into a greenlet that was at it for too long; says what took too long."""

    @property
    def in_connecting(self) -> str:
        """The same of one that was connecting: the connection is what took too long, unless its job was given up."""
        return GIVEN_UP if str(self) == GIVEN_UP else "connect timed out"


class TimeLimit:
    """So many seconds for whatever a greenlet does between `begin` and `end`; beyond them, OutOfTime is thrown into it,
    wherever it waits. All have the same limit, so they run out in the order in which they began."""

    def __init__(self, seconds: float, what: str) -> None:
        self._seconds, self._what = seconds, what
        self._deadlines: dict[greenlet, float] = {}
        self._armed = False

    def begin(self, now: float) -> None:
        """The calling greenlet's time runs from now, on CLOCK_MONOTONIC."""
        self._deadlines[getcurrent()] = now + self._seconds
        if not self._armed:
            self._arm(self._seconds)

    def end(self) -> None:
        """It no longer does."""
        self._deadlines.pop(getcurrent(), None)

    def _arm(self, seconds: float) -> None:
        self._armed = True
        self._timer = get_hub().loop.timer(seconds, ref=False)
        self._timer.start(self._look, update=True)

    def _look(self) -> None:
        self._armed = False
        now = time.monotonic()
        late = []
        for who, deadline in self._deadlines.items():
            if deadline > now:
                self._arm(deadline - now)
                break
            late.append(who)
        for who in late:
            if who in self._deadlines:
                who.throw(OutOfTime(self._what))
