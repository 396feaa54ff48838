"""Services that want to be asked seldom, or hold what they are asked."""

import threading
import time
from email.utils import formatdate

from tests.apis.serving import Job, Said

from .statuses import Simple


class Throttled(Simple):
    """Ten polls a second of all together; whoever comes sooner is told when to come again."""

    takes = 0.5

    def __init__(self) -> None:
        super().__init__()
        self.throttled = 0
        self._next = 0.0

    def status(self, job: Job) -> Said:
        with self.lock:
            now = time.monotonic()
            if now < self._next:
                self.throttled += 1
                return Said(429, {"message": "slow down"}, {"Retry-After": "1"})
            self._next = now + 0.1
        return super().status(job)


class Unavailable(Simple):
    """The status is away for a second, and says until when, as a date."""

    def status(self, job: Job) -> Said:
        if job.polls == 1:
            return Said(503, b"", {"Retry-After": formatdate(time.time() + 1, usegmt=True)})
        return super().status(job)


class Impatient(Simple):
    """Jobs take long, and clients should ask ever more seldom."""

    takes = 0.8


class LongPoll(Simple):
    """A poll is held until the job is done, or a second has passed."""

    takes = 0.4

    def status(self, job: Job) -> Said:
        threading.Event().wait(max(0.0, min(1.0, job.ends - time.monotonic())))
        return super().status(job)


class TooLong(Simple):
    """Jobs take longer than anybody wants to wait, and the poll that would tell is held."""

    takes = 3.0

    def status(self, job: Job) -> Said:
        threading.Event().wait(max(0.0, min(5.0, job.ends - time.monotonic())))
        return super().status(job)
