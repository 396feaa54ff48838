"""The worker's side of a run: meets the master, runs jobs, sends what it recorded, drains when told to.

Messages (worker → master: hello, ping, chunk; master → worker: welcome, pong, ack, drain) travel over Locust's
own channel, which may drop them silently: hello and chunks are sent again until they are answered.
"""

import functools
import os
import random
import socket
import sys
import time
from collections import deque
from typing import Any

import gevent
import psutil
from gevent.event import Event
from locust import argument_parser
from locust.env import Environment

from profiles import UserError, validate
from report.rows import JobRow, RequestRow, SampleRow

from . import messages
from .api import HttpJobApi
from .batch import Work, compose
from .clock import best_offset, boot_id
from .inflight import InFlight
from .jobs import JobRunner, Life
from .lifeline import on_process_end
from .locuststats import LocustStats
from .machine import this_machine
from .recorder import Recorder
from .watching import WatcherProcess, host_watch

FLUSH_EVERY = 0.5
RESEND_EVERY = 2.0
HEARTBEAT = 0.05
PINGS = 9
MASTER_SILENCE = 4.0
"""A worker whose master acknowledged nothing for so many seconds stops by itself."""


class Generator:
    """One load generator process. Clients call `start_job`; everything else happens in its own greenlets."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.runner = environment.runner
        self.number = self.runner.worker_index + 1
        self.profile: Any = None
        self.welcomed, self.batch_begun = Event(), Event()
        self.batch: deque[Work] = deque()
        self._pongs: list[tuple[float, float, float]] = []
        self._acked_at = time.monotonic()
        self._draining = self._interrupted = False
        self._finished = False
        self._jobs_started = 0
        self._recorder = Recorder(self.number)
        handlers = {messages.WELCOME: self._on_welcome, messages.PONG: self._on_pong, messages.ACK: self._on_ack,
                    messages.DRAIN: self._on_drain}  # fmt: skip
        for kind, handler in handlers.items():
            self.runner.register_message(kind, handler)
        _spare_the_parser()
        gevent.spawn(self._say_hello)

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

    def seeded(self, purpose: str) -> random.Random:
        """A generator of random numbers of its own for each purpose, worker and seed."""
        return random.Random(f"{self.profile.seed}-{self.number}-{purpose}")

    def interrupt(self) -> None:
        """Ctrl-C on a worker: it also reached the master, which ends the run in order. The second ends us now."""
        if self._interrupted:
            os._exit(130)
        self._interrupted = True
        print(f"worker {self.number}: the master ends the run; press Ctrl-C again to leave it now", file=sys.stderr)

    def _say_hello(self) -> None:
        machine = this_machine().model_dump()
        hello = messages.Hello(
            worker=self.number, host=socket.gethostname(), pid=os.getpid(), boot=boot_id(), machine=machine
        )
        while not self.welcomed.is_set():
            self.runner.send_message(messages.HELLO, hello)
            self.welcomed.wait(1.0)

    def _on_welcome(self, msg: Any, **_kwargs: Any) -> None:
        if self.profile is not None:
            return
        welcome: messages.Welcome = msg.data
        try:
            self.profile = validate(welcome["profile"], "the master's profile")
            api = HttpJobApi(self.profile, welcome["host"])
        except UserError as error:
            print(f"worker {self.number}: {error}", file=sys.stderr)
            os._exit(2)
        gevent.spawn(self._begin, welcome, api)

    def _begin(self, welcome: messages.Welcome, api: HttpJobApi) -> None:
        offset, error = self._clock_offset(welcome)
        self.epoch = welcome["epoch"] - offset
        self._room = max(1, self.profile.clients.max_in_flight // welcome["workers"], self.profile.batch or 0)
        self._locust = LocustStats(self.environment, self.profile, self.epoch)
        self._jobs = JobRunner(self.profile, api, self.number, self.epoch, self.now, self._on_request, self._on_job)
        self.in_flight = InFlight(self._jobs.advance, self._jobs.abandon, self.now)
        random.seed(f"{self.profile.seed}-{self.number}-tasks")  # Locust picks tasks with the shared generator.
        self.environment.user_classes[0].begin(self)
        self.welcomed.set()
        self._acked_at = time.monotonic()
        self.runner.send_message(messages.READY, {"worker": self.number, "offset": offset, "error": error})
        if welcome["boot"] != boot_id() or not on_process_end(welcome["pid"], self._master_is_gone):
            gevent.spawn(self._watch_acks)
        gevent.spawn(self._heartbeat)
        if welcome["watch_host"]:
            WatcherProcess(self.epoch, [host_watch(f"host-{socket.gethostname()}")], self._recorder.sample_lines)
        gevent.spawn(self._flush_forever)

    def _clock_offset(self, welcome: messages.Welcome) -> tuple[float, float]:
        """The master's CLOCK_MONOTONIC minus ours; nothing to ask where both are the same clock."""
        if welcome["boot"] == boot_id():
            return 0.0, 0.0
        for _ in range(PINGS):
            self.runner.send_message(messages.PING, {"worker": self.number, "asked": time.monotonic()})
            gevent.sleep(0.05)
        while not self._pongs:
            gevent.sleep(0.05)
        return best_offset(self._pongs)

    def _on_pong(self, msg: Any, **_kwargs: Any) -> None:
        self._pongs.append((msg.data["asked"], msg.data["theirs"], time.monotonic()))

    def _on_ack(self, msg: Any, **_kwargs: Any) -> None:
        self._acked_at = time.monotonic()
        self._recorder.acknowledge(msg.data["seq"])
        if msg.data["share"] is not None and not self.batch_begun.is_set():
            first, every = msg.data["share"]
            self.batch.extend(compose(self.profile)[first::every])
            self.batch_begun.set()

    def _on_drain(self, msg: Any, **_kwargs: Any) -> None:
        if not self._draining:
            self._draining = True
            self._drain_until = time.monotonic() + msg.data["limit"]
            gevent.spawn(self._drain)
        self._drain_until = min(self._drain_until, time.monotonic() + msg.data["limit"])

    def _drain(self) -> None:
        while len(self.in_flight) and time.monotonic() < self._drain_until:
            gevent.sleep(0.05)
        self.in_flight.kill()
        self._finished = True
        self._flush()

    def _on_request(self, row: RequestRow) -> None:
        self._recorder.request(row)
        self._locust.request(row)

    def _on_job(self, row: JobRow) -> None:
        self._recorder.job(row)
        self._locust.job(row)

    def _flush_forever(self) -> None:
        sent_again = time.monotonic()
        while not self._finished:
            gevent.sleep(FLUSH_EVERY)
            if not self._finished:
                self._flush()
            if time.monotonic() - sent_again > RESEND_EVERY:
                sent_again = self._resend()
        while self._recorder.unacknowledged():
            gevent.sleep(FLUSH_EVERY)
            self._resend()

    def _flush(self) -> None:
        self._locust.flush()
        chunk = self._recorder.cut(self.now(), self.runner.user_count, len(self.in_flight), self._finished)
        self.runner.send_message(messages.CHUNK, chunk)

    def _resend(self) -> float:
        for chunk in self._recorder.unacknowledged()[:-1] or (self._recorder.unacknowledged() if self._finished else []):
            self.runner.send_message(messages.CHUNK, chunk)
        return time.monotonic()

    def _heartbeat(self) -> None:
        """Sample this generator's own health: loop lag (the largest within a second), CPU (cores), memory, jobs
        in flight: no row tells of one whose submit has no reply yet."""
        process, source = psutil.Process(), f"generator-{self.number}"
        second, lag, busy = time.monotonic(), 0.0, time.process_time()
        while True:
            asleep = time.monotonic()
            gevent.sleep(HEARTBEAT)
            now = time.monotonic()
            lag = max(lag, now - asleep - HEARTBEAT)
            if now - second < 1:
                continue
            spent = time.process_time()
            health = {"lag": lag, "cpu": (spent - busy) / (now - second), "rss": float(process.memory_info().rss)}
            health["jobs"] = float(len(self.in_flight))
            for metric, value in health.items():
                self._recorder.sample(SampleRow(self.now(), source, metric, value))
            second, lag, busy = now, 0.0, spent

    def _watch_acks(self) -> None:
        while time.monotonic() - self._acked_at < MASTER_SILENCE:
            gevent.sleep(0.5)
        self._master_is_gone()

    def _master_is_gone(self) -> None:
        if self._finished and not self._recorder.unacknowledged():
            os._exit(0)
        print(f"worker {self.number}: the master is gone; stopping", file=sys.stderr)
        os._exit(1)


def _spare_the_parser() -> None:
    """Locust builds its whole argument parser anew for each option in each spawn message: 100 ms of standstill on
    a worker at every tick of a ramp, in which jobs that are due wait. Its defaults never change: once will do."""
    if not hasattr(argument_parser.default_args_dict, "cache_info"):
        argument_parser.default_args_dict = functools.cache(argument_parser.default_args_dict)

