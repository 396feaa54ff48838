"""Requests that are ready in the same turn of the event loop leave together, once all replies that have come were read.

A reply that lay unread while others sent would look slower than it was. And a target that is waiting is woken once for
all of them: the kernel does that at the sender's expense, which is a fifth of what a request costs.
"""

from collections.abc import Callable
from typing import Any

from gevent import get_hub, getcurrent
from greenlet import greenlet


class Departures:
    """Where those who have something to send wait for the end of the turn."""

    def __init__(self) -> None:
        self._hub = get_hub()
        self._waiting: dict[greenlet, None] = {}
        self._beginning: list[tuple[Callable[[Any], None], Any]] = []
        self._called = self._at_once = False

    def wait(self) -> None:
        """Block the calling greenlet until those that run in this turn have run."""
        if self._at_once:
            self._at_once = False
            return
        me = getcurrent()
        self._waiting[me] = None
        self._call()
        try:
            self._hub.switch()
        finally:
            self._waiting.pop(me, None)

    def begin(self, call: Callable[[Any], None], argument: Any) -> None:
        """Have the hub call something then, which sends a request before anything else: it needn't wait again."""
        self._beginning.append((call, argument))
        self._call()

    def _call(self) -> None:
        if not self._called:
            self._called = True
            self._hub.loop.run_callback(self._go)

    def _go(self) -> None:
        self._called = False
        beginning, self._beginning = self._beginning, []
        for each in list(self._waiting):
            if each in self._waiting:  # it may have been killed meanwhile
                each.switch()
        for call, argument in beginning:
            self._at_once = True
            call(argument)
        self._at_once = False
