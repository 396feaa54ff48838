"""The worker's side of a run: runs the jobs that are due, records them, and ends in order."""

import functools
import os
import random
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event
from locust import argument_parser
from locust.env import Environment
from locust.runners import WorkerRunner

from load.http.departures import Departures
from load.jobs.alarms import Sleepers
from load.jobs.api import HttpJobApi
from load.jobs.batch import Work, compose
from load.jobs.cancelling import cancel_all
from load.jobs.extras import Extras
from load.jobs.in_flight import InFlight
from load.jobs.job import JobRunner, Life
from load.protocol import messages
from load.protocol.environment import LONE, PARENT
from load.protocol.lifeline import on_process_end
from load.sampling.watcher_process import WatcherProcess, host_watch
from profiles import UserError, validate

from .health import sample_health
from .link import MasterLink
from .locust_stats import LocustStats
from .recorder import Chunk, Page, Recorder

DELIVERY_PATIENCE = 60.0
"""A worker that has left keeps what it recorded for so many seconds, should the link to its master come back."""
TOGETHER = 0.05
"""Seconds within which all handlers of one signal have run."""


class Generator:
    """One load generator process. Clients call `start_job`; everything else happens in its own greenlets."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.runner = environment.runner
        self.number = self.runner.worker_index + 1
        self.profile: Any = None
        self.batch_begun = Event()
        self.batch: deque[Work] = deque()
        self.unloaded = False
        self._begun = self._draining = self._interrupted = self._leaving = False
        self._drain_until, self._cancels = 0.0, True
        self._jobs_started = 0
        self._departures = Departures()
        self._recorder = Recorder(self.number)
        self._link = MasterLink(self.runner, self.number, self._recorder, self)
        environment.events.quitting.add_listener(self._wait_until_left)
        _spare_the_parser()

    def now(self) -> float:
        """Seconds since the run's epoch."""
        return time.monotonic() - self.epoch

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

    def seeded(self, purpose: str) -> random.Random:
        """A generator of random numbers of its own for each purpose, worker and seed."""
        return random.Random(f"{self.profile.seed}-{self.number}-{purpose}")

    def interrupt(self, number: int) -> None:
        """A signal to a worker. One that was started alone leaves the run; to any other the master, which a Ctrl-C
        reached as well, tells what to do. The second ends the process now."""
        if self._interrupted:
            os._exit(128 + number)
        self._interrupted = True
        if LONE in os.environ:
            gevent.spawn(self.leave, f"it was interrupted ({signal.Signals(number).name})", 128 + number)
            return
        print(f"worker {self.number}: the master ends the run; press Ctrl-C again to leave it now", file=sys.stderr)

    def welcome(self, welcome: messages.Welcome) -> None:
        """Take on the master's profile, with secrets from this machine's own environment."""
        try:
            self.profile = validate(welcome["profile"], "the master's profile")
            api = HttpJobApi(self.profile, welcome["host"], self._departures)
        except UserError as error:
            print(f"worker {self.number}: {error}", file=sys.stderr)
            os._exit(2)
        gevent.spawn(self._begin, welcome, api)

    def take_share(self, first: int, every: int) -> None:
        """This worker's part of the batch: every so-manieth job from the first on."""
        if not self.batch_begun.is_set():
            self.batch.extend(compose(self.profile)[first::every])
            self.batch_begun.set()

    def end_baseline(self) -> None:
        """Clients that come from now on are those of the steps."""
        self.unloaded = False

    def drain_within(self, limit: float, cancel: bool) -> None:
        """Start no more jobs; those that are open may end within so many seconds, and are then cancelled at the target, if
        it can do that. A later word may shorten that."""
        until = time.monotonic() + limit
        self._cancels = self._cancels and cancel
        if not self._draining and self._begun:
            self._draining, self._drain_until = True, until
            gevent.spawn(self._drain)
        self._drain_until = min(self._drain_until, until)

    def leave(self, why: str, code: int) -> None:
        """End the load now, deliver what was recorded as long as that may still succeed, and end the process."""
        if self._leaving:
            return
        if not self._begun:
            print(f"worker {self.number}: {why}", file=sys.stderr)
            os._exit(code)
        self._leaving = self._draining = True
        self._link.turn_from_locust()
        print(f"worker {self.number}: {why}; it submits no more jobs", file=sys.stderr)
        self._extras.kill()
        self._jobs.cut_off_by = "its generator left first"
        self.in_flight.kill()
        if not self._link.finished:
            self._link.send(self._cut(final=True, left=why))
        deadline = time.monotonic() + DELIVERY_PATIENCE
        while not self._link.delivered and time.monotonic() < deadline and not self._link.master_refuses():
            gevent.sleep(0.5)
        said = "all that it recorded was delivered" if self._link.delivered else "what it recorded last is lost"
        print(f"worker {self.number}: {said}", file=sys.stderr)
        os._exit(code)

    def _begin(self, welcome: messages.Welcome, api: HttpJobApi) -> None:
        offset, error = self._link.clock_offset(welcome)
        self.epoch = welcome["epoch"] - offset
        self._room = max(1, self.profile.clients.max_in_flight // welcome["workers"], self.profile.batch or 0)
        locust = LocustStats(self.environment, self.profile, self.epoch)
        self._requests = Page(self._recorder.requests, locust.requests)
        self._extras = Extras(self.profile, api, self.number, self.epoch, self.now, self._requests.add)
        self._ended = Page(self._recorder.jobs, self._extras.jobs, locust.jobs)
        self._jobs = JobRunner(self.profile, api, self.number, self.epoch, self.now, self._requests.add, self._ended.add)
        self.in_flight = InFlight(self._jobs.advance, self._jobs.abandon, self.now, self._departures)
        self.sleepers = Sleepers(self.now)
        random.seed(f"{self.profile.seed}-{self.number}-tasks")  # Locust picks tasks with the shared generator.
        self.unloaded = bool(self.profile.load.lead_in)
        self.environment.user_classes[0].begin(self)
        self._begun = True
        self._link.ready(offset, error)
        if isinstance(self.runner, WorkerRunner):
            self._heed_the_master(welcome["pid"])
        gevent.spawn(sample_health, self.number, self.now, lambda: len(self.in_flight), self._recorder.sample)
        if welcome["watch_host"]:
            WatcherProcess(self.epoch, [host_watch(f"host-{socket.gethostname()}")], self._recorder.sample_lines)
        gevent.spawn(self._link.keep_sending, self._cut)

    def _cut(self, final: bool = False, left: str = "") -> Chunk:
        mark = self.now()  # Before the pages are turned: whoever listens to Locust's requests may let others run.
        self._requests.turn()
        self._ended.turn()
        return self._recorder.cut(mark, self.runner.user_count, len(self.in_flight), final, left)

    def _wait_until_left(self, **_kwargs: Any) -> None:
        """Locust has a handler of SIGTERM, too, which would end this process before all is delivered."""
        gevent.sleep(TOGETHER)
        while self._leaving:
            gevent.sleep(TOGETHER)

    def _heed_the_master(self, pid: int) -> None:
        """A master that was started together with us can be seen to end; of another only its silence tells."""
        if PARENT not in os.environ or not on_process_end(pid, self._master_is_gone):
            gevent.spawn(self._link.watch)

    def _drain(self) -> None:
        while (len(self.in_flight) or self._extras.out) and time.monotonic() < self._drain_until:
            gevent.sleep(0.05)
        if not self._leaving:
            self._extras.kill()
            self.in_flight.kill()
            if self.profile.api.cancel:
                cancel_all(reversed(self._jobs.given_up), self._jobs.cancel, lambda: self._cancels)
            self._link.send(self._cut(final=True))

    def _master_is_gone(self) -> None:
        if self._link.delivered:
            os._exit(0)
        print(f"worker {self.number}: the master is gone; stopping", file=sys.stderr)
        os._exit(1)


def _spare_the_parser() -> None:
    """Locust builds its whole argument parser anew for each option in each spawn message: 100 ms of standstill on
    a worker at every tick of a ramp, in which jobs that are due wait. Its defaults never change: once will do."""
    if not hasattr(argument_parser.default_args_dict, "cache_info"):
        argument_parser.default_args_dict = functools.cache(argument_parser.default_args_dict)
