"""The jobs of one worker that haven't ended: each waits for its next request, or a greenlet is out with it.

Thousands of jobs wait for an alarm; only as many greenlets exist as there ever were requests out at once.
"""

import sys
from collections.abc import Callable
from functools import partial

import gevent
from gevent import GreenletExit, get_hub, getcurrent
from greenlet import greenlet

from load.http.departures import Departures

from .alarms import Alarms
from .life import Life


class InFlight:
    """Jobs in flight. `advance` sends a job's next request and tells when the one after is due (None: it is over);
    `abandon` ends a job that waits. `clock` tells seconds, on the clock of `advance`; `departures` are its requests'."""

    def __init__(
        self,
        advance: Callable[[Life], float | None],
        abandon: Callable[[Life], None],
        clock: Callable[[], float],
        departures: Departures,
    ) -> None:
        self._advance, self._abandon = advance, abandon
        self._hub = get_hub()
        self._go_on: Callable[[Life], None] = partial(departures.begin, self._carry)
        self._open: set[Life] = set()
        self._alarms = Alarms(clock, self._go_on)
        self._idle: list[greenlet] = []
        self._out: set[greenlet] = set()
        self._asking: dict[Life, greenlet] = {}
        self._awaiting: dict[Life, greenlet] = {}

    def __len__(self) -> int:
        return len(self._open)

    def start(self, life: Life) -> None:
        """Send the job's first request as soon as the caller lets others run."""
        self._open.add(life)
        self._go_on(life)

    def wait_for(self, life: Life) -> None:
        """Block the calling greenlet until a job is over."""
        if life in self._open:
            self._wait(self._awaiting, life)

    def wait_for_answer(self, life: Life) -> None:
        """Block the calling greenlet until the job's next request has been answered."""
        if life in self._open:
            self._wait(self._asking, life)

    def kill(self) -> None:
        """End them all, wherever they are, and wait until that is done."""
        while self._open:
            for life in self._alarms.take_all():
                self._abandon(life)
                self._end(life)
            for carrier in self._out:
                self._hub.loop.run_callback(carrier.throw, GreenletExit)
            gevent.sleep(0.001)

    def _carry(self, life: Life) -> None:
        """Have a greenlet take the job's next step; called by the hub, which goes on as soon as that one blocks."""
        carrier = self._idle.pop() if self._idle else greenlet(self._work, self._hub)
        carrier.switch(life)

    def _work(self, life: Life) -> None:
        me = getcurrent()
        while True:
            self._out.add(me)
            try:
                self._step(life)
            except Exception:  # A JobApi may be the user's own code: one job's trouble is no other's.
                self._hub.handle_error(self, *sys.exc_info())
                self._end(life)
            self._out.discard(me)
            self._idle.append(me)
            life = self._hub.switch()

    def _step(self, life: Life) -> None:
        due = self._advance(life)
        if self._asking:
            self._wake(self._asking, life)
        if due is None:
            self._end(life)
            return
        self._alarms.set(due, life)

    def _end(self, life: Life) -> None:
        self._open.discard(life)
        self._wake(self._asking, life)
        self._wake(self._awaiting, life)

    def _wait(self, place: dict[Life, greenlet], life: Life) -> None:
        place[life] = getcurrent()
        try:
            while life in place:
                self._hub.switch()
        finally:
            place.pop(life, None)

    def _wake(self, place: dict[Life, greenlet], life: Life) -> None:
        waiter = place.pop(life, None)
        if waiter is not None:
            self._hub.loop.run_callback(waiter.switch)
