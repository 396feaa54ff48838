"""The master's side of a run: steps the load, takes in what workers send, judges it, and ends it without loss."""

import logging
import os
import sys
import time
from contextlib import suppress
from itertools import chain
from typing import Any

import gevent
from locust.env import Environment

from profiles import CapacityLoad
from report.evaluator import Evaluator, RuleChange
from report.history import History
from report.runinfo import RUN
from report.saturation import search_line
from report.search import Search
from report.steps import Step, read_stages
from report.tables import completion_times, read_jobs, read_requests, read_samples

from .actions import Actions
from .batch import BatchClock
from .clock import run_clock
from .collector import Collector, WorkerState
from .coversheet import Reason, begin, complete
from .exits import INVALID, LIMIT_FAILED
from .launcher import PARENT
from .lifeline import on_process_end
from .machine import this_machine
from .options import Order
from .preflight import port_of
from .progress import RECENT, Progress, Standing
from .recorder import Chunk
from .roster import Roster
from .schedule import Schedule
from .watching import WatcherProcess, host_watch, watched

EVERY = 0.2
DRAIN_GRACE = 10.0
"""Seconds that workers have to flush after the drain's own limit."""
INTERRUPT_DRAIN = 10.0
ORPHANED = "the end of stepload itself"
"""What interrupts a run whose `stepload run` was killed, where a signal's name stands else."""


def warm_up() -> None:
    """Have pyarrow import what it makes arrays with, pandas above all, before the load begins: on the first rows it would
    take up to a second, in which a generator in this process sends nothing."""
    History().add_samples(read_samples(b""))


class Director:
    """Runs one test. Locust's shape asks `tick` for the number of clients; the rest is greenlets and messages."""

    def __init__(self, environment: Environment, order: Order) -> None:
        self.environment, self.runner, self.order = environment, environment.runner, order
        self.profile, self.folder = order.profile, order.folder
        warm_up()
        self.epoch = time.monotonic()
        self.now = run_clock(self.epoch)
        self._actions = Actions(self.profile, self._on_action, self.now)
        self._info = begin(order, time.time() - self.now(), this_machine())
        self._lock = self._info.write(self.folder)
        self.collector = Collector(self.folder)
        self._search = Search(self.profile) if isinstance(self.profile.load, CapacityLoad) else None
        stages = self.profile.load.stages()
        steps = iter(self._search.next, None) if self._search else stages
        self.schedule = Schedule(chain(self.profile.load.lead_in, steps))
        self.evaluator = Evaluator(self.profile)
        self._steps: tuple[Step, ...] = ()
        self._step_events: list[dict[str, Any]] = []
        self._marked = 0
        self._held_back = self._abandoned = self._cancelled = 0
        self._ending: tuple[Reason, str] | None = None
        self._signals: list[str] = []
        self._greenlet: gevent.Greenlet | None = None
        self.done = self._watcher_lost = self._step_ended_by_rule = False
        batch = self.profile.batch
        self._batch = BatchClock(batch, self.profile.load.drain) if batch is not None else None
        self.roster = Roster(self.runner, order, self.collector, self.epoch, self)
        self._watcher = WatcherProcess(self.epoch, self._watches(), self._on_samples)
        self._progress = Progress(self.profile, len(stages), self.now)
        if PARENT in os.environ:
            on_process_end(int(os.environ[PARENT]), self._orphaned)
            logging.getLogger("locust.stats_logger").setLevel(logging.WARNING)

    def tick(self) -> tuple[int, float] | None:
        """What Locust's shape returns: (clients, spawn rate), or None when all is recorded and it may quit."""
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._direct)
        while self.schedule.phase == "waiting" and not self.done:
            gevent.sleep(EVERY)  # Locust itself would not wait for the workers.
        if self.done:
            return None
        target = self.schedule.target(self.now())
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

    def _tell_of(self, signal: str) -> None:
        with suppress(OSError, ValueError):  # The disk is full, or the run is sealed already.
            event = {"t": self.now(), "event": "signal", "signal": signal}
            self.tell(event)
            if len(self._signals) == 1:
                self._progress.tell(event)

    def _orphaned(self) -> None:
        """Whoever started us is gone: nobody will ask for an orderly end, so there is only a quick one."""
        self._signals.append(ORPHANED)
        self.interrupt(ORPHANED)

    def _direct(self) -> None:
        try:
            self.tell({"t": self.now(), "event": "run_start", "stages": self._planned()})
            self._wait_for_workers()
            wrong = self._actions.run_all("before", lambda: not self._signals)
            if wrong and not self._signals:
                self._end("failed", f"before the load {wrong}")
            self.roster.begin()
            while self.schedule.phase != "over" and self._ending is None:
                self._step()
                gevent.sleep(EVERY)
            self._drain()
            self._actions.run_all("after", lambda: len(self._signals) < 2)
        except OSError as error:
            self._ending = ("failed", f"the run folder can't be written: {error.strerror}")
        except Exception as error:  # Locust would swallow it and go on without us.
            self._ending = ("failed", f"{type(error).__name__}: {error}")
            raise
        finally:
            self._seal()
            self.done = True

    def _planned(self) -> list[dict[str, Any]]:
        return [{"clients": s.clients, "ramp": s.ramp, "hold": s.hold} for s in self.profile.load.stages()]

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
        clients, in_flight = self.collector.total(lambda w: w.clients), self.collector.total(lambda w: w.in_flight)
        self._step_events_of(self.schedule.advance(now, clients, self.evaluator.history.second, in_flight))
        self._advance_batch(now)
        begun = next((event["t"] for event in self._step_events if event["step"]), None)
        if begun is not None:
            self._actions.start_due(now - begun)
        self.roster.look()
        if not (self.folder / RUN).exists():  # Its files are still open, and would take everything and keep nothing.
            self._end("failed", f"{self.folder} was removed")
        self._lose_watcher(now)
        self._judge()
        self._count_held_back()
        self._progress.show(self._standing)

    def _step_events_of(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            self.tell(event)
            self._step_events.append(event)
            self._progress.tell(event)
            if event["event"] == "hold_start":
                self.roster.check_clocks()
            if self._search and event["event"] == "hold_start" and event["step"]:
                self._search.hold(event["t"])
            if event["event"] == "hold_end":
                self.roster.unloaded = False
        if events:
            self._steps = read_stages(self._step_events, None)

    def _advance_batch(self, now: float) -> None:
        """Give each worker its share of the batch, and end its step when the batch is over."""
        if self._batch is None or self.schedule.phase != "hold":
            return
        workers = self.collector.taking_part
        if not self.roster.shares:
            # (first, every): worker by worker in turn.
            self.roster.shares = {worker.index: (i, len(workers)) for i, worker in enumerate(workers)}
        begun = self.collector.total(lambda worker: worker.counters["arrivals"])
        if self._batch.is_over(now, begun, self.collector.total(lambda worker: worker.jobs)):
            self._step_events_of(self.schedule.end_hold(now))

    def _judge(self) -> None:
        mark = self.collector.low_mark()
        if not self._watcher.ended:
            mark = min(mark, self._watcher.mark)
        if int(mark) <= self._marked:
            return
        self._marked = int(mark)
        self.tell({"t": self.now(), "event": "mark", "mark": self._marked})
        for change in self.evaluator.advance(self._marked, self._steps):
            self.tell(change.event(self.now()))
            self._progress.tell_rule(change)
            self._obey(change)

    def _obey(self, change: RuleChange) -> None:
        """Do to the load what a stop rule asks for."""
        match change.state, change.then:
            case "fired", "stop":
                self._end("stopped", change.rule)
            case "fired", "next":
                self._step_ended_by_rule = True
                if self._search:
                    self._search.cut()
                self._step_events_of(self.schedule.skip(self.now(), self.collector.total(lambda worker: worker.in_flight)))
            case "confirming", "stop" | "next" if self._search is None:
                self._step_events_of(self.schedule.hold_again(self.now()))

    def _lose_watcher(self, now: float) -> None:
        if self._watcher.ended and not self._watcher_lost:
            self._watcher_lost = True
            self.tell({"t": now, "event": "watcher_lost"})

    def _count_held_back(self) -> None:
        held_back = self.collector.held_back()
        if held_back > self._held_back:
            self._held_back = held_back
            self.tell({"t": self.now(), "event": "held_back", "jobs": held_back})

    def _end(self, reason: Reason, detail: str) -> None:
        if self._ending is None:
            self._ending = (reason, detail)
            self._step_events_of(self.schedule.stop(self.now()))

    def _drain(self) -> None:
        """No more arrivals; open jobs may end; every row arrives. Only then may Locust quit."""
        self._ending = self._ending or ("finished", self._found())
        limit = self.profile.load.drain if self._batch is None or self._ending[0] != "finished" else 0.0
        if self._ending[0] == "interrupted":
            limit = min(limit, INTERRUPT_DRAIN) if len(self._signals) == 1 else 0.0
        in_flight = self.collector.total(lambda w: w.in_flight)
        self.tell({"t": self.now(), "event": "drain_start", "in_flight": in_flight, "limit": limit})
        self._progress.tell({"event": "drain_start", "in_flight": in_flight, "limit": limit})
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
            self._progress.show(self._standing)
        for worker in self.collector.taking_part:
            if not worker.final:
                self.roster.lose(worker, "it did not finish its drain")
        cancelled = {"cancelled": self._cancelled} if self.profile.api.cancel else {}
        self.tell({"t": self.now(), "event": "drain_end", "abandoned": self._abandoned, **cancelled})

    def _found(self) -> str:
        """What a capacity search came to, in a line."""
        return search_line(self._search.decision.seen, self._search.decision.because) if self._search else ""

    def _seal(self) -> None:
        assert self._ending is not None
        reason, detail = self._ending
        try:
            self._actions.stop()
            if self.evaluator.history.late_rows:
                self.tell({"t": self.now(), "event": "late_rows", "rows": self.evaluator.history.late_rows})
            self.roster.close()
            self._watcher.stop()
            self.tell({"t": self.now(), "event": "run_end", "reason": reason, "detail": detail})
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

    def _standing(self) -> Standing:
        schedule = self.schedule
        return Standing(
            step=schedule.step,
            phase=schedule.phase,
            left=schedule.left(self.now()),
            clients=self.collector.total(lambda worker: worker.clients),
            in_flight=self.collector.total(lambda worker: worker.in_flight),
            recent=self.evaluator.history.last(RECENT),
            near={label: reading.near for label, reading in self.evaluator.readings.items()},
        )

    def _exit_code(self, reason: Reason) -> int:
        if reason == "interrupted":
            return 130 if self._signals[0] == "SIGINT" else 143
        if reason == "failed":
            return INVALID
        by_rule = reason == "stopped" or self._step_ended_by_rule
        return LIMIT_FAILED if by_rule and not self.profile.load.seeks_limits else 0

    def tell(self, event: dict[str, Any]) -> None:
        """Record an event."""
        self.collector.event(event)

    def _on_action(self, event: dict[str, Any]) -> None:
        self.tell(event)
        self._progress.tell(event)

    def on_loss(self, worker: WorkerState, reason: str) -> None:
        """A worker is gone: the profile says whether the others go on without it."""
        if self.profile.lost_worker == "continue" and self.collector.taking_part:
            self._progress.lost(worker.index, reason)
        else:
            self._end("failed", f"worker {worker.index} was lost: {reason}")

    def on_full_disk(self, error: OSError) -> None:
        """What a worker sent could not be written."""
        self._ending = self._ending or ("failed", f"the run folder can't be written: {error.strerror}")

    def on_rows(self, chunk: Chunk) -> None:
        """Rows that the stop rules should see."""
        self._abandoned += chunk["jobs"].count(b",abandoned,")
        if self.profile.api.cancel and b",cancel," in chunk["requests"]:
            rows = read_requests(chunk["requests"], has_header=False).select(["endpoint", "ok"]).to_pylist()
            self._cancelled += sum(row["ok"] for row in rows if row["endpoint"] == "cancel")
        if self.schedule.phase != "over":
            history = self.evaluator.history
            history.add_requests(read_requests(chunk["requests"], has_header=False))
            jobs = read_jobs(chunk["jobs"], has_header=False)
            history.add_jobs(jobs)
            if self._search:
                self._search.add(completion_times(jobs))
            history.add_samples(read_samples(chunk["samples"], has_header=False))

    def _on_samples(self, lines: bytes) -> None:
        if not self.done:
            self.collector.add_samples(lines)
            self.evaluator.history.add_samples(read_samples(lines, has_header=False))

    def _watches(self) -> list[dict[str, Any]]:
        """What the profile wants watched on this machine, and this machine itself as the generators' host."""
        watches = [watched(watch) for watch in self.profile.watch]
        for watch in watches:
            if watch["process"] and watch["process"]["port"] == "target":
                watch["process"]["port"] = port_of(self.order.host)
        if not any(watch["host"] for watch in watches):
            watches.append(host_watch(f"host-{this_machine().host}"))
        return watches
