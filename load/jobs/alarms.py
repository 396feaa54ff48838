"""Thousands that wait until they are due, with one timer for all of them."""

import heapq
import itertools
import math
from collections.abc import Callable
from typing import Generic, TypeVar

import gevent
from gevent import get_hub, getcurrent
from greenlet import greenlet

TICK = 0.0002
"""Seconds between two looks at who is due at the least: those that are due within one are called together."""

T = TypeVar("T")


class Alarms(Generic[T]):
    """Has the hub `call` each as soon as it is due, the soonest first. `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float], call: Callable[[T], None]) -> None:
        self._clock, self._call = clock, call
        self._loop = get_hub().loop
        self._heap: list[tuple[float, int, T]] = []
        self._serial = itertools.count()
        self._timer, self._rings = self._loop.timer(0), math.inf

    def set(self, due: float, whom: T) -> None:
        """Call this one then."""
        heapq.heappush(self._heap, (due, next(self._serial), whom))
        if due < self._rings:
            self._arm(due)

    def take_all(self) -> list[T]:
        """Call none of those that wait now; who they are."""
        waiting = [whom for _, _, whom in self._heap]
        self._heap.clear()
        return waiting

    def _arm(self, due: float) -> None:
        now = self._clock()
        rings = max(due, now + TICK)
        if rings < self._rings:
            self._timer.stop()
            self._timer, self._rings = self._loop.timer(rings - now), rings
            self._timer.start(self._ring)

    def _ring(self) -> None:
        now, heap, call = self._clock(), self._heap, self._call
        while heap and heap[0][0] <= now:
            call(heapq.heappop(heap)[-1])
        self._rings = math.inf
        if heap:
            self._arm(heap[0][0])


class Sleepers:
    """Greenlets that sleep, at a third of what gevent's own sleep takes. `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._hub = clock, get_hub()
        self._alarms: Alarms[list[greenlet]] = Alarms(clock, self._wake)

    def sleep_until(self, due: float) -> None:
        """Block the calling greenlet until then; where that has passed, let others run."""
        if due <= self._clock():
            gevent.sleep(0)
            return
        bed = [getcurrent()]
        self._alarms.set(due, bed)
        try:
            self._hub.switch()
        finally:
            bed.clear()  # Who was killed as it slept must not be called.

    def _wake(self, bed: list[greenlet]) -> None:
        if bed:
            bed[0].switch()
