"""The workers of a run as its master sees them: who takes part, whose rows arrive, who falls silent.

Who is lost is decided here alone: Locust's own idea of it, a second or two earlier or later, is switched off. A lost
worker is never taken back, for its clients are others' now; rows that it recorded before are, whenever they arrive.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Protocol

from locust import runners
from pydantic import TypeAdapter, ValidationError

from load.protocol import messages
from load.protocol.clock import boot_id
from load.protocol.locust_options import Order
from load.protocol.locust_runner import Message, Runner
from load.protocol.messages import Chunk
from load.sampling.machine import this_machine
from report.recording.event import Event
from report.recording.events import Clock, Slept, Strangers, WorkerBack, WorkerJoined, WorkerLost, WorkerQuiet
from report.recording.run_info import Machine
from report.recording.version import VERSION

from .collector import Collector, WorkerState
from .ending import Ending
from .gate import Gate

runners.HEARTBEAT_LIVENESS = 1 << 30

Handler = Callable[[Message], None]

SLEPT = 3.0
"""Seconds between two looks after which this process was stopped: it means to look five times a second."""

HELLO = TypeAdapter(messages.Hello)
"""What a worker of this version says in its hello."""


class Listener(Protocol):
    """Who wants to know what comes from the workers."""

    def on_rows(self, chunk: Chunk) -> None:
        """A chunk that was new has been written."""

    def on_loss(self, lost: WorkerLost) -> None:
        """A worker is gone."""


class Roster:
    """Meets the workers and takes their chunks, once it is open. `tell` records an event.

    `shares`: by worker, which part of a batch is its: every so-manieth job from the so-manieth on. It travels with each
    acknowledgement, so that none can be lost; `unloaded`, whether clients are to use the service one job at a time, does, too.
    """

    def __init__(
        self,
        runner: Runner,
        order: Order,
        collector: Collector,
        epoch: float,
        ending: Ending,
        tell: Callable[[Event], None],
    ) -> None:
        self._runner, self._order, self._collector, self._epoch = runner, order, collector, epoch
        self._ending, self._tell = ending, tell
        self._listener: Listener | None = None
        self._machines = {boot_id(): this_machine()}
        self.shares: dict[int, tuple[int, int]] = {}
        self.unloaded = bool(order.profile.load.lead_in)
        self._begun = self._closed = False
        self._gate = Gate(runner)
        self._looked: float | None = None
        self._slept = 0.0
        self._told_strangers = 0

    def open(self, listener: Listener) -> None:
        """Take messages from now on; rows and losses go to the listener."""
        self._listener = listener
        handlers: dict[str, Handler] = {
            messages.HELLO: self._on_hello,
            messages.READY: self._on_ready,
            messages.PING: self._on_ping,
            messages.CHUNK: partial(self._on_chunk, listener),
            messages.DRIFT: self._on_drift,
        }
        for kind, handler in handlers.items():
            self._runner.register_message(kind, partial(self._handle, handler))
        self._gate.guard()

    @property
    def machines(self) -> Iterable[Machine]:
        """The machines of the master and of every worker that ever took part."""
        return self._machines.values()

    @property
    def complete(self) -> bool:
        """Whether all who are expected, and all who came, are ready."""
        return len(self._collector.taking_part) >= max(self._order.workers, self._gate.connected)

    def begin(self) -> None:
        """Take in nobody else."""
        self._begun = True

    def check_clocks(self) -> None:
        """Ask every worker how far its clock is from ours by now."""
        self._runner.send_message(messages.CLOCK, {})

    def look(self) -> None:
        """Notice who has fallen silent. To be called again and again: where it wasn't, we were stopped ourselves, and what the
        workers sent meanwhile is still to be read."""
        now, before = self._now(), self._looked
        self._looked = now
        if before is not None and now - before > SLEPT:
            self._slept = now - before
            self._collector.excuse(self._slept)
            self._tell(Slept(now, "master", self._slept))
        for worker in self._collector.newly_quiet(now):
            self._tell(WorkerQuiet(now, worker.index, worker.heard))
        for worker in self._collector.newly_silent(now):
            self.lose(worker, f"it sent nothing for {now - worker.heard:.0f} s")
        if self._gate.dropped >= max(1, 2 * self._told_strangers):
            self._told_strangers = self._gate.dropped
            self._tell(Strangers(now, self._gate.dropped))

    def drain(self, limit: float, cancel: bool = True) -> None:
        """Tell all to submit no more, to end their open jobs within `limit` seconds, and to cancel the rest where they can."""
        self._runner.send_message(messages.DRAIN, messages.Drain(limit=limit, cancel=cancel))

    def lose(self, worker: WorkerState, reason: str) -> None:
        """Give a worker up: Locust hands its clients to the others."""
        self._collector.lose(worker)
        self._gate.leave(self._gate.nodes[worker.index])
        lost = WorkerLost(self._now(), worker.index, reason, worker.heard)
        self._tell(lost)
        if self._listener is not None:
            self._listener.on_loss(lost)

    def close(self) -> None:
        """Take no more rows: the files are about to be sealed."""
        self._closed = True

    def _now(self) -> float:
        return time.monotonic() - self._epoch

    def _handle(self, handler: Handler, msg: Message, **_kwargs: Any) -> None:
        """Locust's own greenlet calls this: what the disk doesn't take must not end it."""
        try:
            handler(msg)
        except OSError as error:
            self._ending.fail_to_write(error)

    def _send_away(self, node: str, why: str, code: int) -> None:
        self._gate.leave(node)
        self._runner.send_message(messages.LEAVE, messages.Leave(why=why, code=code), client_id=node)

    def _on_hello(self, msg: Message) -> None:
        caller: messages.Caller = msg.data
        theirs, number = caller["version"], caller["worker"]
        if theirs != VERSION:
            print(f"a worker on {caller['host']} is turned away: it is stepload {theirs}, this is {VERSION}", file=sys.stderr)
            why = f"the master is stepload {VERSION} and this worker {theirs}: install the same version on both"
            self._send_away(msg.node_id, why, 2)
        elif self._gate.nodes.get(number, msg.node_id) != msg.node_id:
            self._gate.dropped += 1  # It calls itself by the number of another.
        elif self._begun and number not in self._collector.workers:
            self._send_away(msg.node_id, "the run has begun without this worker", 2)
        else:
            self._welcome(msg.node_id, msg.data)

    def _welcome(self, node: str, hello: messages.Hello) -> None:
        try:
            machine = Machine(**HELLO.validate_python(hello)["machine"])
        except ValidationError:
            self._gate.dropped += 1
            return
        number, foreign = hello["worker"], hello["boot"] not in self._machines
        self._gate.enter(number, node)
        self._machines.setdefault(hello["boot"], machine)
        self._collector.workers.setdefault(number, WorkerState(number, hello["host"], hello["pid"], heard=self._now()))
        welcome = messages.Welcome(
            profile=self._order.document,
            host=self._order.host,
            epoch=self._epoch,
            boot=boot_id(),
            pid=os.getpid(),
            workers=max(self._order.workers, self._gate.connected),
            watch_host=foreign,
        )
        self._runner.send_message(messages.WELCOME, welcome, client_id=node)

    def _on_ready(self, msg: Message) -> None:
        ready: messages.Ready = msg.data
        worker = self._collector.workers[ready["worker"]]
        worker.offset, worker.error = ready["offset"], ready["error"]
        worker.ready, worker.heard, worker.priority = True, self._now(), ready["priority"]
        self._tell(WorkerJoined(self._now(), worker.index, worker.host, worker.pid, worker.offset))

    def _on_ping(self, msg: Message) -> None:
        ping: messages.Ping = msg.data
        pong = messages.Pong(asked=ping["asked"], theirs=time.monotonic())
        self._runner.send_message(messages.PONG, pong, client_id=msg.node_id)

    def _on_drift(self, msg: Message) -> None:
        measured: messages.ClockOffset = msg.data
        worker = self._collector.workers[measured["worker"]]
        drift = abs(measured["offset"] - worker.offset)
        worker.drift = max(worker.drift, drift)
        self._tell(Clock(self._now(), worker.index, drift, measured["error"]))

    def _on_chunk(self, listener: Listener, msg: Message) -> None:
        chunk: Chunk = msg.data
        if self._closed:
            return
        worker = self._collector.workers[chunk["worker"]]
        silence = self._now() - worker.heard
        fresh = self._collector.take(chunk, self._now())
        if worker.quiet:
            worker.quiet = False
            self._tell(WorkerBack(self._now(), worker.index, silence))
        if fresh:
            listener.on_rows(chunk)
        ack = messages.Ack(seq=worker.seq, share=self.shares.get(worker.index), unloaded=self.unloaded)
        self._runner.send_message(messages.ACK, ack, client_id=msg.node_id)
        if chunk["left"] and not worker.lost:
            asleep = f" (the master had been stopped for {self._slept:.0f} s)" if self._slept else ""
            self.lose(worker, chunk["left"] + asleep)
        elif worker.lost and not worker.final:
            self._send_away(msg.node_id, "the master had given this worker up, and its clients to others", 1)
