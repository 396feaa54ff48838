"""The master's side of a run, from its first worker to the sealed folder: it ends without loss, whatever ends it."""

import logging
import os
import sys
import time
from contextlib import suppress
from typing import Any

import gevent
from locust.env import Environment

from load.protocol.clock import run_clock
from load.protocol.environment import PARENT
from load.protocol.exits import INVALID, LIMIT_FAILED
from load.protocol.lifeline import on_process_end
from load.protocol.order import Order
from load.sampling.machine import this_machine
from load.sampling.watcher_process import WatcherProcess
from load.worker.recorder import Chunk
from report.recording.columns import count_abandoned, count_cancelled, read_jobs, read_requests
from report.recording.event import Event
from report.recording.events import (
    DrainEnd,
    DrainStart,
    HeldBack,
    LateRows,
    PlannedStage,
    RunEnd,
    RunStart,
    Signal,
    WatcherLost,
    WorkerLost,
)
from report.recording.run_info import RUN, Reason
from report.rules.stop_log import event_line

from .actions import Actions
from .collector import Collector
from .console import Progress
from .preflight import all_watched
from .run_info import begin, complete
from .steering import Steering, warm_up
from .workers import Roster

EVERY = 0.2
DRAIN_GRACE = 10.0
"""Seconds that workers have to flush after the drain's own limit."""
INTERRUPT_DRAIN = 10.0
ORPHANED = "the end of stepload itself"
"""What interrupts a run whose `stepload run` was killed, where a signal's name stands else."""
STOP = "Stop on Locust's page"
BY_HAND = ("SIGINT", STOP)


class Director:
    """Runs one test. Locust's shape asks `tick` for the number of clients; the rest is greenlets and messages."""

    def __init__(self, environment: Environment, order: Order) -> None:
        self.environment, self.runner, self.order = environment, environment.runner, order
        self.profile, self.folder = order.profile, order.folder
        warm_up()
        self.epoch = time.monotonic()
        self.now = run_clock(self.epoch)
        self._actions = Actions(self.profile, self._tell_both, self.now)
        self._info = begin(order, time.time() - self.now(), this_machine())
        self._lock = self._info.write(self.folder)
        self.collector = Collector(self.folder)
        self._abandoned = self._cancelled = 0
        self._held_back: dict[str, int] = {}
        self._ending: tuple[Reason, str] | None = None
        self._signals: list[str] = []
        self._greenlet: gevent.Greenlet | None = None
        self.done = self._let_go = self._watcher_lost = False
        self.roster = Roster(self.runner, order, self.collector, self.epoch, self)
        self._progress = Progress(self.profile, len(self.profile.load.stages()), self.now)
        self._steering = Steering(self.profile, self.collector, self.roster, self._progress, self.now, self.tell, self._end)
        self._watcher = WatcherProcess(self.epoch, all_watched(self.profile, order.host), self._on_samples)
        environment.events.test_stopping.add_listener(self._on_stop)
        if PARENT in os.environ:
            on_process_end(int(os.environ[PARENT]), self._orphaned)
            logging.getLogger("locust.stats_logger").setLevel(logging.WARNING)

    def tick(self) -> tuple[int, float] | None:
        """What Locust's shape returns: (clients, spawn rate), or None when all is recorded and it may quit."""
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._direct)
        while self._steering.waiting and not self.done:
            gevent.sleep(EVERY)  # Locust itself would not wait for the workers.
        if self.done:
            if self._let_go:  # Somebody pressed Start once more.
                print("stepload: this run is over and recorded; start Locust anew for another", file=sys.stderr)
            return None
        target = self._steering.target()
        # All of the change at once: the ramp is ours, tick by tick, since a ramp of Locust's silences `tick`.
        return target, float(max(1, abs(target - self.runner.user_count)))

    def interrupt(self, signal: str) -> None:
        """Ctrl-C or SIGTERM: the first ends the load and drains for a while, the second ends it now."""
        self._signals.append(signal)
        self._tell_of(signal)
        if len(self._signals) > 1 or self._greenlet is None:
            self.roster.drain(0.0, cancel=False)
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._direct)
        if self.done:
            self._close_page()

    def _close_page(self) -> None:
        """Locust serves its page until somebody ends it, and its signals are ours."""
        if self.environment.web_ui is not None:
            self.environment.web_ui.stop()

    def _tell_of(self, signal: str) -> None:
        with suppress(OSError, ValueError):  # The disk is full, or the run is sealed already.
            event = Signal(self.now(), signal)
            self.tell(event)
            if len(self._signals) == 1:
                self._progress.tell(event)

    def _on_stop(self, **_kwargs: Any) -> None:
        """Locust lets its clients go: since the run is over, or since somebody pressed the button on its page."""
        self._let_go = True
        if not self.done:
            self.interrupt(STOP)

    def _orphaned(self) -> None:
        """Whoever started us is gone: nobody will ask for an orderly end, so there is only a quick one."""
        self._signals.append(ORPHANED)
        self.interrupt(ORPHANED)

    def _direct(self) -> None:
        try:
            self.tell(RunStart(self.now(), self._planned()))
            self._wait_for_workers()
            wrong = self._actions.run_all("before", lambda: not self._signals)
            if wrong and not self._signals:
                self._end("failed", f"before the load {wrong}")
            self.roster.begin()
            while not self._steering.over and self._ending is None:
                self._step()
                gevent.sleep(EVERY)
            self._drain()
            self._actions.run_all("after", lambda: len(self._signals) < 2)
        except OSError as error:
            self._ending = self._unwritable(error)
        except Exception as error:  # Locust would swallow it and go on without us.
            self._ending = ("failed", f"{type(error).__name__}: {error}")
            raise
        finally:
            self._seal()
            self.done = True
            if set(self._signals) - {STOP}:
                self._close_page()

    def _planned(self) -> tuple[PlannedStage, ...]:
        return tuple(PlannedStage(stage.clients, stage.ramp, stage.hold) for stage in self.profile.load.stages())

    def _wait_for_workers(self) -> None:
        while not self.roster.complete and not self._signals:
            if self.order.patience and self.now() > self.order.patience:
                here, all_ = len(self.collector.taking_part), self.order.workers
                self._end("failed", f"{here} of {all_} workers were ready within {self.order.patience:.0f} s")
                return
            self._progress.wait(len(self.collector.taking_part), self.order.workers)
            gevent.sleep(EVERY)

    def _step(self) -> None:
        now = round(self.now(), 6)  # As events.jsonl has it: the same search follows from the files.
        if self._signals:
            self._end("interrupted", self._signals[0])
            return
        self._steering.advance(now)
        if self._steering.begun is not None:
            self._actions.start_due(now - self._steering.begun)
        self.roster.look()
        if not (self.folder / RUN).exists():  # Its files are still open, and would take everything and keep nothing.
            self._end("failed", f"{self.folder} was removed")
        self._lose_watcher(now)
        self._steering.judge(min(self.collector.low_mark(), float("inf") if self._watcher.ended else self._watcher.mark))
        self._count_held_back()
        self._progress.show(self._steering.standing)

    def _lose_watcher(self, now: float) -> None:
        if self._watcher.ended and not self._watcher_lost:
            self._watcher_lost = True
            self.tell(WatcherLost(now))

    def _count_held_back(self) -> None:
        held_back = self.collector.held_back()
        if held_back != self._held_back:
            self._held_back = held_back
            self.tell(HeldBack(self.now(), sum(held_back.values()), held_back))

    def _end(self, reason: Reason, detail: str) -> None:
        if self._ending is None:
            self._ending = (reason, detail)
            self._steering.stop()

    def _drain(self) -> None:
        """No more arrivals; open jobs may end; every row arrives. Only then may Locust quit."""
        self._ending = self._ending or ("finished", self._steering.found)
        limit = self.profile.load.drain if self.profile.batch is None or self._ending[0] != "finished" else 0.0
        if self._ending[0] == "interrupted":
            limit = min(limit, INTERRUPT_DRAIN) if len(self._signals) == 1 else 0.0
        in_flight = self.collector.total(lambda w: w.in_flight)
        self._tell_both(DrainStart(self.now(), in_flight, limit))
        self.roster.drain(limit)
        told, deadline = 0, self.now() + limit + DRAIN_GRACE
        while not all(worker.final for worker in self.collector.taking_part) and self.now() < deadline:
            gevent.sleep(EVERY)
            self.roster.look()
            if len(self._signals) > told:
                # Somebody wants it to end sooner than the drain would.
                told = len(self._signals)
                shorter = INTERRUPT_DRAIN if told == 1 and self._ending[0] != "interrupted" else limit if told == 1 else 0.0
                self.roster.drain(shorter, cancel=told == 1)
            self._progress.show(self._steering.standing)
        for worker in self.collector.taking_part:
            if not worker.final:
                self.roster.lose(worker, "it did not finish its drain")
        self.tell(DrainEnd(self.now(), self._abandoned, self._cancelled if self.profile.api.cancel else None))

    def _seal(self) -> None:
        assert self._ending is not None
        reason, detail = self._ending
        try:
            self._actions.stop()
            if self._steering.late_rows:
                self.tell(LateRows(self.now(), self._steering.late_rows))
            self.roster.close()
            self._watcher.stop()
            self.tell(RunEnd(self.now(), reason, detail))
            self.collector.close()
            workers = [worker.record() for worker in self.collector.workers.values()]
            ended = complete(
                self._info, self.folder, self.now(), reason, detail, self.roster.machines, workers, self.collector.lines
            )
            os.close(ended.write(self.folder))
            os.close(self._lock)
        except OSError as error:
            print(f"{self.folder}: the run could not be sealed: {error.strerror}", file=sys.stderr)
        self.environment.process_exit_code = self._exit_code(reason)
        self._progress.end(reason, detail, self.folder)

    def _exit_code(self, reason: Reason) -> int:
        if reason == "interrupted":
            return 130 if self._signals[0] in BY_HAND else 143
        if reason == "failed":
            return INVALID
        by_rule = reason == "stopped" or self._steering.ended_step
        return LIMIT_FAILED if by_rule and not self.profile.load.seeks_limits else 0

    def tell(self, event: Event) -> None:
        """Record an event."""
        self.collector.event(event)

    def _tell_both(self, event: Event) -> None:
        """Record an event, and show it."""
        self.tell(event)
        self._progress.tell(event)

    def on_loss(self, lost: WorkerLost) -> None:
        """A worker is gone: the profile says whether the others go on without it."""
        if self.profile.lost_worker == "continue" and self.collector.taking_part:
            self._progress.tell(lost)
        else:
            self._end("failed", event_line(lost))

    def on_full_disk(self, error: OSError) -> None:
        """What a worker or the watcher sent could not be written."""
        self._ending = self._ending or self._unwritable(error)

    def _unwritable(self, error: OSError) -> tuple[Reason, str]:
        """How a run ends whose folder takes no more."""
        self.environment.events.quit.add_listener(_leave)
        return "failed", f"the run folder can't be written: {error.strerror}"

    def on_rows(self, chunk: Chunk) -> None:
        """New rows: what became of the jobs that were left open, and what the stop rules should see."""
        requests, jobs = read_requests(chunk["requests"], has_header=False), read_jobs(chunk["jobs"], has_header=False)
        self._abandoned += count_abandoned(jobs)
        self._cancelled += count_cancelled(requests)
        self._steering.add_rows(requests, jobs, chunk["samples"])

    def _on_samples(self, lines: bytes) -> None:
        if self.done:
            return
        try:
            self.collector.add_samples(lines)
        except OSError as error:
            self.on_full_disk(error)
        self._steering.add_samples(lines)


def _leave(exit_code: int, **_kwargs: Any) -> None:
    """What Locust does after its last event is to close files of its own on a full disk, and to crash."""
    sys.stdout.flush()
    os._exit(exit_code)
