"""Requests that are ready in the same turn of the event loop leave together, once all replies that have come were read.

A reply that lay unread while others sent would look slower than it was. And a target that is waiting is woken once for
all of them: the kernel does that at the sender's expense, which is a fifth of what a request costs.
"""

from gevent import get_hub, getcurrent
from greenlet import greenlet


class Departures:
    """Where greenlets that have something to send wait for the end of the turn."""

    def __init__(self) -> None:
        self._hub = get_hub()
        self._waiting: dict[greenlet, None] = {}
        self._called = False

    def wait(self) -> None:
        """Block the calling greenlet until those that run in this turn have run."""
        me = getcurrent()
        self._waiting[me] = None
        if not self._called:
            self._called = True
            self._hub.loop.run_callback(self._go)
        try:
            self._hub.switch()
        finally:
            self._waiting.pop(me, None)

    def _go(self) -> None:
        self._called = False
        for each in list(self._waiting):
            if each in self._waiting:  # it may have been killed meanwhile
                each.switch()
