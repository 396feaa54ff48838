"""Requests beside the jobs: each client sends each of them again and again, in a greenlet of its own."""

import random
import re
from collections import deque
from collections.abc import Callable, Iterable

import gevent
from gevent import GreenletExit
from gevent.pool import Group

from load.http.transport import Reply
from profiles import Extra, Profile
from report.recording.rows import JobRow, RequestRow

from .answers import Answer
from .api import HttpJobApi

_ID = re.compile(r"\{\+?id\}")
REMEMBERED = 1000
"""Jobs that succeeded lately, of which an extra's {id} is one."""

Known = tuple[str, str, str, str]
"""(job, id, kind, tenant)"""


class Extras:
    """The extras of one worker. `clock` tells seconds since the run's epoch; `epoch` is that on CLOCK_MONOTONIC."""

    def __init__(
        self,
        profile: Profile,
        api: HttpJobApi,
        worker: int,
        epoch: float,
        clock: Callable[[], float],
        on_request: Callable[[RequestRow], None],
    ) -> None:
        self._extras, self._api, self._worker, self._epoch, self._clock = profile.extra, api, worker, epoch, clock
        self._on_request = on_request
        self._finished: deque[Known] = deque(maxlen=REMEMBERED if any(_ID.search(e.request) for e in profile.extra) else 0)
        self._running = Group()
        self.out = 0
        """Requests that have no reply yet."""

    def jobs(self, rows: Iterable[JobRow]) -> None:
        """Jobs have ended: extras may ask for those that succeeded from now on."""
        if self._finished.maxlen:
            self._finished.extend((row.job, row.id, row.kind, row.tenant) for row in rows if row.outcome == "succeeded")

    def start(self, rng: random.Random, wanted: Callable[[], bool]) -> None:
        """Have one client send all of them for as long as it is `wanted`, each first at a random moment within its time."""
        for extra in self._extras:
            self._running.spawn(self._send_while, wanted, extra, rng)

    def kill(self) -> None:
        """Send no more, wherever they are; one that was out is recorded as cut off."""
        self._running.kill()

    def _send_while(self, wanted: Callable[[], bool], extra: Extra, rng: random.Random) -> None:
        due = self._clock() + rng.uniform(0, extra.every[1])
        while True:
            gevent.sleep(max(0.0, due - self._clock()))
            if not wanted():
                return
            self._send(extra, due, rng)
            while due <= self._clock():
                due += rng.uniform(*extra.every)

    def _send(self, extra: Extra, due: float, rng: random.Random) -> None:
        about: Known = ("", "", "", "")
        if _ID.search(extra.request):
            if not self._finished:
                return
            about = rng.choice(self._finished)
        begun = self._clock()
        self.out += 1
        try:
            answer = self._api.ask(extra.request, about[1], extra.expect)
        except GreenletExit:
            cut = "cut off at the end of the run"
            never = Reply(begun, self._clock() - begun, None, b"", {}, 0, 0, cut)
            self._record(extra, about, due, begun, Answer(never, False, cut))
            raise
        finally:
            self.out -= 1
        self._record(extra, about, due, answer.reply.sent - self._epoch, answer)

    def _record(self, extra: Extra, about: Known, due: float, sent: float, answer: Answer) -> None:
        job, _, kind, tenant = about
        reply = answer.reply
        self._on_request(
            RequestRow(
                job, due, sent, reply.seconds, self._worker, extra.name, kind, tenant, reply.code, answer.ok, "",
                reply.bytes_down, answer.error or reply.again,
            )
        )  # fmt: skip
