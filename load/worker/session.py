"""The load of one worker: the jobs that its clients start, the requests beside them, and what is recorded of both."""

import random
import time
from collections import deque
from collections.abc import Callable

import gevent
from gevent.event import Event

from load.http.departures import Departures
from load.jobs.alarms import Sleepers
from load.jobs.api import HttpJobApi
from load.jobs.batch import Work, compose
from load.jobs.cancelling import cancel_all
from load.jobs.extras import Extras
from load.jobs.in_flight import InFlight
from load.jobs.job import JobRunner
from load.jobs.life import Life
from load.protocol.clock import run_clock
from load.protocol.messages import Chunk
from profiles import Profile

from .locust_stats import LocustStats
from .recorder import Page, Recorder

LOOK = 0.05
"""Seconds between two looks at whether all open jobs have ended."""
CUT_OFF_ALONE = "its generator left first"
"""The error of jobs that a worker left open when it left before the others."""


class Session:
    """The working parts of a worker that was welcomed, all of them there from the start. Clients call `start_job`.

    `epoch`: the run's second 0 on this machine's CLOCK_MONOTONIC; `workers`: how many share the arrivals and max_in_flight.
    """

    def __init__(
        self,
        profile: Profile,
        api: HttpJobApi,
        number: int,
        workers: int,
        epoch: float,
        recorder: Recorder,
        locust: LocustStats,
        departures: Departures,
    ) -> None:
        self.profile, self.number = profile, number
        self.now = run_clock(epoch)
        self.unloaded = bool(profile.load.lead_in)
        """Whether the one client of the baseline has the service to itself."""
        self.batch: deque[Work] = deque()
        """What is left to submit of this worker's share of a batch."""
        self.batch_begun = Event()
        self._room = max(1, profile.clients.max_in_flight // workers, profile.batch or 0)
        self._draining, self._drain_until, self._cancels = False, 0.0, True
        self._jobs_started = 0
        self._recorder = recorder
        self._requests = Page(recorder.requests, locust.requests)
        self._extras = Extras(profile, api, number, epoch, self.now, self._requests.add)
        self._ended = Page(recorder.jobs, self._extras.jobs, locust.jobs)
        self._jobs = JobRunner(profile, api, number, epoch, self.now, self._requests.add, self._ended.add)
        api.tell_logins(self._jobs.record_login)
        self.in_flight = InFlight(self._jobs.advance, self._jobs.abandon, self.now, departures)
        self.sleepers = Sleepers(self.now)
        random.seed(f"{profile.seed}-{number}-tasks")  # Locust picks tasks with the shared generator.

    def seeded(self, purpose: str) -> random.Random:
        """A generator of random numbers of its own for each purpose, worker and seed."""
        return random.Random(f"{self.profile.seed}-{self.number}-{purpose}")

    def start_job(self, kind: str, due: float, tenant: str = "") -> Life | None:
        """Start a job that is due; None where the run is ending or max_in_flight holds the arrival back."""
        if self._draining:
            return None
        self._recorder.counters["arrivals"] += 1
        if len(self.in_flight) >= self._room:
            self._recorder.counters["held_back"] += 1
            return None
        self._jobs_started += 1
        life = self._jobs.begin(self._jobs_started, kind, due, tenant)
        self.in_flight.start(life)
        return life

    def start_extras(self, rng: random.Random, wanted: Callable[[], bool]) -> None:
        """Have one client send the requests beside the jobs for as long as it is `wanted`."""
        self._extras.start(rng, lambda: wanted() and not self._draining)

    def take_share(self, first: int, every: int) -> None:
        """This worker's part of the batch: every so-manieth job from the first on."""
        if not self.batch_begun.is_set():
            self.batch.extend(compose(self.profile)[first::every])
            self.batch_begun.set()

    def end_baseline(self) -> None:
        """Clients that come from now on are those of the steps."""
        self.unloaded = False

    def cut(self, clients: int, final: bool = False, left: str = "") -> Chunk:
        """Everything recorded since the last cut, as a chunk. `clients`: how many this worker runs now."""
        mark = self.now()  # Before the pages are turned: whoever listens to Locust's requests may let others run.
        self._requests.turn()
        self._ended.turn()
        return self._recorder.cut(mark, clients, len(self.in_flight), final, left)

    def drain_within(self, limit: float, cancel: bool) -> bool:
        """Start no more jobs; those that are open may end within so many seconds. A later word may shorten that, or forbid to
        cancel. Returns whether this was the first word of it: then `drain` is to be called."""
        until, first = time.monotonic() + limit, not self._draining
        self._draining, self._cancels = True, self._cancels and cancel
        self._drain_until = until if first else min(self._drain_until, until)
        return first

    def drain(self, wanted: Callable[[], bool]) -> None:
        """Wait until all open jobs have ended or the time for that is over; then give the rest up, and have the target cancel
        them, if it can, as long as this is `wanted`."""
        while (len(self.in_flight) or self._extras.out) and time.monotonic() < self._drain_until:
            gevent.sleep(LOOK)
        if not wanted():
            return
        self._extras.kill()
        self.in_flight.kill()
        if self.profile.api.cancel:
            cancel_all(reversed(self._jobs.given_up), self._jobs.cancel, lambda: self._cancels)

    def cut_off(self) -> None:
        """End everything now: this worker leaves before the others."""
        self._draining = True
        self._extras.kill()
        self._jobs.cut_off_by = CUT_OFF_ALONE
        self.in_flight.kill()
