"""The master's side of a run: steps the load, takes in what workers send, judges it, and ends it without loss."""

import json
import logging
import os
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Literal

import gevent
import tomli_w
from locust.env import Environment

from profiles import UserError
from report.rules import Evaluator
from report.runinfo import PROFILE, RAW_FILES, Machine, RunInfo, sha256
from report.steps import Step, read_steps
from report.tables import read_jobs, read_requests, read_samples

from . import messages
from .api import public_url
from .clock import boot_id, run_clock
from .collector import Collector, WorkerState
from .launcher import COMMAND, PARENT
from .lifeline import on_process_end
from .machine import this_machine, versions
from .options import Order
from .preflight import port_of
from .progress import Progress
from .recorder import Chunk
from .schedule import Schedule
from .watching import WatcherProcess, host_watch

EVERY = 0.2
DRAIN_GRACE = 10.0
"""Seconds that workers have to flush after the drain's own limit."""
INTERRUPT_DRAIN = 10.0
Reason = Literal["finished", "stopped", "interrupted", "failed"]


class Director:
    """Runs one test. Locust's shape asks `tick` for the number of clients; the rest is greenlets and messages."""

    def __init__(self, environment: Environment, order: Order) -> None:
        self.environment, self.runner, self.order = environment, environment.runner, order
        self.profile, self.folder = order.profile, order.folder
        self.epoch = time.monotonic()
        self.now = run_clock(self.epoch)
        self._machines = {boot_id(): this_machine()}
        self.info = self._open_folder()
        self._lock = self.info.write(self.folder)
        self.collector = Collector(self.folder)
        self.schedule = Schedule(self.profile.load.stages())
        self.evaluator = Evaluator(self.profile)
        self._steps: tuple[Step, ...] = ()
        self._step_events: list[dict[str, Any]] = []
        self._marked = 0
        self._held_back = self._abandoned = 0
        self._ending: tuple[Reason, str] | None = None
        self._signals: list[str] = []
        self._greenlet: gevent.Greenlet | None = None
        self.done = False
        handlers = {messages.HELLO: self._on_hello, messages.READY: self._on_ready, messages.PING: self._on_ping,
                    messages.CHUNK: self._on_chunk}  # fmt: skip
        for kind, handler in handlers.items():
            self.runner.register_message(kind, handler)
        self._watcher = WatcherProcess(self.epoch, self._watches(), self._on_samples)
        self._progress = Progress(self)
        if PARENT in os.environ:
            on_process_end(int(os.environ[PARENT]), lambda: self._orphaned())
            logging.getLogger("locust.stats_logger").setLevel(logging.WARNING)

    def tick(self) -> tuple[int, float] | None:
        """What Locust's shape returns: (clients, spawn rate), or None when all is recorded and it may quit."""
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._direct)
        if self.done:
            return None
        target = self.schedule.target(self.now())
        # All of the change at once: the ramp is ours, tick by tick, since a ramp of Locust's silences `tick`.
        return target, float(max(1, abs(target - self.runner.user_count)))

    def interrupt(self, signal: str) -> None:
        """Ctrl-C or SIGTERM: the first ends the load and drains for a while, the second ends it now."""
        self._signals.append(signal)
        if len(self._signals) > 1 or self._greenlet is None:
            self._send_drain(0.0)
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._direct)

    def _orphaned(self) -> None:
        """Whoever started us is gone: nobody will ask for an orderly end, so there is only a quick one."""
        self.interrupt("SIGTERM")
        self.interrupt("SIGTERM")

    def _direct(self) -> None:
        try:
            self._event({"t": self.now(), "event": "run_start", "stages": [asdict(s) for s in self.schedule.stages]})
            self._wait_for_workers()
            while self.schedule.phase != "over" and self._ending is None:
                self._step()
                gevent.sleep(EVERY)
            self._drain()
        except OSError as error:
            self._ending = ("failed", f"the run folder can't be written: {error.strerror}")
        except Exception as error:  # Locust would swallow it and go on without us.
            self._ending = ("failed", f"{type(error).__name__}: {error}")
            raise
        finally:
            self._seal()
            self.done = True

    def _wait_for_workers(self) -> None:
        while len(self.collector.taking_part) < max(1, self._connected()) and not self._signals:
            gevent.sleep(EVERY)

    def _connected(self) -> int:
        return getattr(self.runner, "worker_count", 1)

    def _step(self) -> None:
        now = self.now()
        if self._signals:
            self._end("interrupted", self._signals[0])
            return
        self._step_events_of(self.schedule.advance(now, self.collector.total(lambda w: w.clients), self.evaluator.history.second))
        self._lose_workers(now)
        self._judge()
        self._count_held_back()
        self._progress.show()

    def _step_events_of(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            self._event(event)
            self._step_events.append(event)
            self._progress.tell(event)
        if events:
            self._steps = read_steps(self._step_events, None)

    def _judge(self) -> None:
        mark = self.collector.low_mark()
        if not self._watcher.ended:
            mark = min(mark, self._watcher.mark)
        if int(mark) <= self._marked:
            return
        self._marked = int(mark)
        self._event({"t": self.now(), "event": "mark", "mark": self._marked})
        for change in self.evaluator.advance(self._marked, self._steps):
            self._event(change.event(self.now()))
            self._progress.tell_rule(change)
            if change.state == "fired" and change.then == "stop":
                self._end("stopped", change.rule)

    def _lose_workers(self, now: float) -> None:
        for worker in self.collector.newly_silent(now):
            self._lost(worker, "it sent nothing for 5 s")

    def _lost(self, worker: WorkerState, reason: str) -> None:
        self._event({"t": self.now(), "event": "worker_lost", "worker": worker.index, "reason": reason})
        self._end("failed", f"worker {worker.index} was lost: {reason}")

    def _count_held_back(self) -> None:
        held_back = self.collector.held_back()
        if held_back > self._held_back:
            self._held_back = held_back
            self._event({"t": self.now(), "event": "held_back", "jobs": held_back})

    def _end(self, reason: Reason, detail: str) -> None:
        if self._ending is None:
            self._ending = (reason, detail)
            self._step_events_of(self.schedule.stop(self.now()))

    def _drain(self) -> None:
        """No more arrivals; open jobs may end; every row arrives. Only then may Locust quit."""
        self._ending = self._ending or ("finished", "")
        limit = self.profile.load.drain
        if self._ending[0] == "interrupted":
            limit = min(limit, INTERRUPT_DRAIN) if len(self._signals) == 1 else 0.0
        in_flight = self.collector.total(lambda w: w.in_flight)
        self._event({"t": self.now(), "event": "drain_start", "in_flight": in_flight, "limit": limit})
        self._progress.tell({"event": "drain_start", "in_flight": in_flight, "limit": limit})
        self._send_drain(limit)
        told, deadline = 0, self.now() + limit + DRAIN_GRACE
        while not all(worker.final for worker in self.collector.taking_part) and self.now() < deadline:
            gevent.sleep(EVERY)
            self._lose_workers(self.now())
            if len(self._signals) > told:
                # Somebody wants it to end sooner than the drain would.
                told = len(self._signals)
                shorter = INTERRUPT_DRAIN if told == 1 and self._ending[0] != "interrupted" else limit if told == 1 else 0.0
                self._send_drain(shorter)
            self._progress.show()
        for worker in self.collector.taking_part:
            if not worker.final:
                self.collector.lose(worker)
                self._lost(worker, "it did not finish its drain")
        self._event({"t": self.now(), "event": "drain_end", "abandoned": self._abandoned})

    def _send_drain(self, limit: float) -> None:
        self.runner.send_message(messages.DRAIN, {"limit": limit})

    def _seal(self) -> None:
        assert self._ending is not None
        reason, detail = self._ending
        try:
            if self._signals:
                self._event({"t": self.now(), "event": "signal", "signal": self._signals[0]})
            if self.evaluator.history.late_rows:
                self._event({"t": self.now(), "event": "late_rows", "rows": self.evaluator.history.late_rows})
            self._watcher.stop()
            self._event({"t": self.now(), "event": "run_end", "reason": reason, "detail": detail})
            self.collector.close()
            lock = self.info.model_copy(update=self._final_facts(reason, detail)).write(self.folder)
            os.close(lock)
            os.close(self._lock)
        except OSError as error:
            print(f"{self.folder}: the run could not be sealed: {error.strerror}", file=sys.stderr)
        self.environment.process_exit_code = self._exit_code(reason)
        self._progress.end(reason, detail)

    def _final_facts(self, reason: Reason, detail: str) -> dict[str, Any]:
        return {
            "end": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "duration": round(self.now(), 3),
            "end_reason": reason,
            "end_detail": detail,
            "machines": tuple(self._machines.values()),
            "workers": tuple(worker.record() for worker in self.collector.workers.values()),
            "rows": self.collector.lines,
            "sha256": {name: sha256(self.folder / name) for name in RAW_FILES},
        }

    def _exit_code(self, reason: Reason) -> int:
        if reason == "interrupted":
            return 130 if self._signals[0] == "SIGINT" else 143
        if reason == "stopped":
            return 0 if self.profile.load.seeks_limits else 3
        return {"finished": 0, "failed": 4}[reason]

    def _event(self, event: dict[str, Any]) -> None:
        self.collector.event(event)

    def _on_hello(self, msg: Any, **_kwargs: Any) -> None:
        hello: messages.Hello = msg.data
        self.collector.workers.setdefault(
            hello["worker"],
            WorkerState(hello["worker"], hello["host"], hello["pid"], hello["boot"], msg.node_id, heard=self.now()),
        )
        foreign = hello["boot"] not in self._machines
        self._machines.setdefault(hello["boot"], Machine(**hello["machine"]))
        welcome = messages.Welcome(
            profile=self.order.document,
            host=self.order.host,
            epoch=self.epoch,
            boot=boot_id(),
            pid=os.getpid(),
            workers=max(1, self._connected()),
            watch_host=foreign,
        )
        self.runner.send_message(messages.WELCOME, welcome, client_id=msg.node_id)

    def _on_ready(self, msg: Any, **_kwargs: Any) -> None:
        worker = self.collector.workers[msg.data["worker"]]
        worker.offset, worker.error = msg.data["offset"], msg.data["error"]
        worker.ready, worker.heard = True, self.now()
        self._event(
            {"t": self.now(), "event": "worker_joined", "worker": worker.index, "host": worker.host, "pid": worker.pid,
             "clock_offset": worker.offset}
        )  # fmt: skip

    def _on_ping(self, msg: Any, **_kwargs: Any) -> None:
        pong = {"asked": msg.data["asked"], "theirs": time.monotonic()}
        self.runner.send_message(messages.PONG, pong, client_id=msg.node_id)

    def _on_chunk(self, msg: Any, **_kwargs: Any) -> None:
        chunk: Chunk = msg.data
        if self._lock is None or self.done:
            return
        try:
            fresh = self.collector.take(chunk, self.now())
        except OSError as error:
            self._ending = self._ending or ("failed", f"the run folder can't be written: {error.strerror}")
            return
        if fresh:
            self._abandoned += chunk["jobs"].count(b",abandoned,")
        if fresh and self.schedule.phase != "over":
            history = self.evaluator.history
            history.add_requests(read_requests(chunk["requests"], has_header=False))
            history.add_jobs(read_jobs(chunk["jobs"], has_header=False))
            history.add_samples(read_samples(chunk["samples"], has_header=False))
        ack = {"seq": self.collector.workers[chunk["worker"]].seq}
        self.runner.send_message(messages.ACK, ack, client_id=msg.node_id)

    def _on_samples(self, lines: bytes) -> None:
        if not self.done:
            self.collector.add_samples(lines)
            self.evaluator.history.add_samples(read_samples(lines, has_header=False))

    def _watches(self) -> list[dict[str, Any]]:
        """What the profile wants watched on this machine, and this machine itself as the generators' host."""
        watches = [watch.model_dump() for watch in self.profile.watch]
        for watch in watches:
            if watch["process"] and watch["process"]["port"] == "target":
                watch["process"]["port"] = port_of(self.order.host)
        if not any(watch["host"] for watch in watches):
            watches.append(host_watch(f"host-{self._machines[boot_id()].host}"))
        return watches

    def _command(self) -> tuple[str, ...]:
        """What a person typed to start this, without what is secret or this machine's own."""
        typed = json.loads(os.environ.get(COMMAND, "null")) or ["locust", *sys.argv[1:]]
        return tuple(part.replace(self.order.host, public_url(self.order.host)) for part in typed)

    def _open_folder(self) -> RunInfo:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if (self.folder / PROFILE).exists():
                raise UserError(f"{self.folder}: already holds a run; choose another --run-folder")
            (self.folder / PROFILE).write_text(tomli_w.dumps(self.order.document), encoding="utf-8")
        except OSError as error:
            raise UserError(f"{self.folder}: can't be written: {error.strerror}") from None
        return RunInfo(
            name=self.profile.name,
            labels=self.order.labels,
            target=self.profile.target.model_dump(),
            url=public_url(self.order.host),
            epoch=round(time.time() - self.now(), 6),
            start=datetime.now(UTC).isoformat(timespec="milliseconds"),
            command=self._command(),
            versions=versions(),
            machines=tuple(self._machines.values()),
        )
