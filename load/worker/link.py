"""A worker's link to its master, over Locust's own channel, which may drop messages silently.

So hello and chunks are sent again until they are answered. A worker whose master acknowledges nothing for a while is
told so; what it recorded is kept and delivered, should the link come back.
"""

import os
import socket
import time
from collections.abc import Callable
from typing import Any, Protocol

import gevent
from gevent.event import Event
from locust.runners import WorkerRunner

from load.protocol import messages
from load.protocol.clock import best_offset, boot_id
from load.protocol.locust_runner import Message, Runner, WorkersRunner
from load.protocol.messages import Chunk
from load.sampling.machine import this_machine
from report.recording.run_info import Priority
from report.recording.version import VERSION

from .recorder import Recorder

FLUSH_EVERY = 0.5
"""Seconds between two chunks."""
RESEND_EVERY = 2.0
"""Seconds after which chunks that were not acknowledged are sent again."""
PINGS = 9
"""How often the master's clock is asked for; the exchange with the shortest round trip counts."""
PING_EVERY = 0.05
"""Seconds between two pings."""
HELLO_EVERY = 1.0
"""Seconds until a worker says hello again."""
LOOK = 0.5
"""Seconds between two looks at whether the master has acknowledged anything."""
WELCOME_PATIENCE = 60.0
"""Seconds within which a master has welcomed a worker, or turned it away: it checks first, for 10 s, that its target is ready."""
MASTER_SILENCE = 4.0
"""A worker whose master acknowledged nothing for so many seconds stops by itself."""


class Worker(Protocol):
    """What the link speaks for."""

    def welcome(self, welcome: messages.Welcome) -> None:
        """The master's profile has come."""

    def take_share(self, first: int, every: int) -> None:
        """The master says which part of a batch is this worker's; it may say so again and again."""

    def end_baseline(self) -> None:
        """The master says that clients that come from now on are those of the steps; it may say so again and again."""

    def drain_within(self, limit: float, cancel: bool) -> None:
        """The master wants no more jobs, and the open ones to end within so many seconds."""

    def leave(self, why: str, code: int) -> None:
        """This worker can't take part, or no longer: by the master's word, or for want of it."""


class MasterLink:
    """Speaks with the master for one worker and delivers what its recorder holds."""

    def __init__(self, runner: Runner, number: int, recorder: Recorder, worker: Worker) -> None:
        self._runner, self._number, self._recorder, self._worker = runner, number, recorder, worker
        self._remote: WorkersRunner | None = runner if isinstance(runner, WorkerRunner) else None  # None: a run in one process
        self._welcomed = Event()
        self._pongs: list[tuple[float, float, float]] = []
        self._acked_at = time.monotonic()
        self._clock_differs = self.finished = False
        handlers: dict[str, Callable[..., None]] = {
            messages.WELCOME: self._on_welcome,
            messages.PONG: self._on_pong,
            messages.ACK: self._on_ack,
            messages.DRAIN: self._on_drain,
            messages.LEAVE: self._on_leave,
            messages.CLOCK: self._on_clock,
        }
        for kind, handler in handlers.items():
            runner.register_message(kind, handler)
        gevent.spawn(self._say_hello)

    def clock_offset(self, welcome: messages.Welcome) -> tuple[float, float]:
        """The master's CLOCK_MONOTONIC minus ours, and by how much that may be wrong; nothing to ask where both are
        the same clock."""
        self._clock_differs = welcome["boot"] != boot_id()
        return self._measure_clock() if self._clock_differs else (0.0, 0.0)

    def _measure_clock(self) -> tuple[float, float]:
        self._pongs.clear()
        for _ in range(PINGS):
            self._runner.send_message(messages.PING, messages.Ping(worker=self._number, asked=time.monotonic()))
            gevent.sleep(PING_EVERY)
        while not self._pongs:
            gevent.sleep(PING_EVERY)
        return best_offset(self._pongs)

    def ready(self, offset: float, error: float, priority: Priority) -> None:
        """Tell the master that this worker can begin."""
        self._acked_at = time.monotonic()
        self._runner.send_message(
            messages.READY, messages.Ready(worker=self._number, offset=offset, error=error, priority=priority)
        )

    def watch(self) -> None:
        """Leave when the master falls silent; returns when all is delivered."""
        while time.monotonic() - self._acked_at < MASTER_SILENCE:
            gevent.sleep(LOOK)
            if self.delivered:
                return
        self._worker.leave(f"the master acknowledged nothing for {MASTER_SILENCE:.0f} s", 1)

    def keep_sending(self, cut: Callable[[], Chunk]) -> None:
        """Send a chunk twice a second, and older ones again, until the last one was acknowledged."""
        sent_again = time.monotonic()
        while not self.delivered:
            gevent.sleep(FLUSH_EVERY)
            if not self.finished:
                self.send(cut())
            if self.finished or time.monotonic() - sent_again > RESEND_EVERY:
                sent_again = self._send_again()

    def send(self, chunk: Chunk) -> None:
        """Send one chunk; after the final one there is nothing but to deliver what is still unacknowledged."""
        self.finished = chunk["final"]
        self._runner.send_message(messages.CHUNK, chunk)

    @property
    def delivered(self) -> bool:
        """Whether the last chunk was sent, and the master has them all."""
        return self.finished and not self._recorder.unacknowledged()

    def turn_from_locust(self) -> None:
        """Heed our own messages alone from now on: Locust's would give this worker clients again, or end it too soon."""
        if self._remote is not None:
            handle, ours = self._remote.handle_message, self._remote.custom_messages
            self._remote.handle_message = lambda msg: handle(msg) if msg.type in ours else None

    def master_refuses(self) -> bool:
        """Whether the master's machine says that nobody listens there any more. A silent one is only out of reach."""
        if self._remote is None:
            return False
        try:
            socket.create_connection((self._remote.master_host, self._remote.master_port), timeout=1).close()
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
        return False

    def _say_hello(self) -> None:
        hello = messages.Hello(
            worker=self._number, version=VERSION, host=socket.gethostname(), pid=os.getpid(), boot=boot_id(),
            machine=this_machine().model_dump(),
        )  # fmt: skip
        deadline = time.monotonic() + WELCOME_PATIENCE
        while not self._welcomed.is_set():
            if time.monotonic() > deadline:
                where = f" at {self._remote.master_host}:{self._remote.master_port}" if self._remote else ""
                self._worker.leave(f"the master{where} is none of stepload's: no welcome for {WELCOME_PATIENCE:.0f} s", 2)
            self._runner.send_message(messages.HELLO, hello)
            self._welcomed.wait(HELLO_EVERY)

    def _send_again(self) -> float:
        waiting = self._recorder.unacknowledged()
        for chunk in waiting if self.finished else waiting[:-1]:
            self._runner.send_message(messages.CHUNK, chunk)
        return time.monotonic()

    def _on_welcome(self, msg: Message, **_kwargs: Any) -> None:
        if not self._welcomed.is_set():
            self._welcomed.set()
            self._worker.welcome(msg.data)

    def _on_pong(self, msg: Message, **_kwargs: Any) -> None:
        pong: messages.Pong = msg.data
        self._pongs.append((pong["asked"], pong["theirs"], time.monotonic()))

    def _on_clock(self, **_kwargs: Any) -> None:
        if self._clock_differs:
            gevent.spawn(self._tell_drift)

    def _tell_drift(self) -> None:
        offset, error = self._measure_clock()
        self._runner.send_message(messages.DRIFT, messages.ClockOffset(worker=self._number, offset=offset, error=error))

    def _on_ack(self, msg: Message, **_kwargs: Any) -> None:
        ack: messages.Ack = msg.data
        self._acked_at = time.monotonic()
        self._recorder.acknowledge(ack["seq"])
        if ack["share"] is not None:
            self._worker.take_share(*ack["share"])
        if not ack["unloaded"]:
            self._worker.end_baseline()

    def _on_drain(self, msg: Message, **_kwargs: Any) -> None:
        drain: messages.Drain = msg.data
        self._worker.drain_within(drain["limit"], drain["cancel"])

    def _on_leave(self, msg: Message, **_kwargs: Any) -> None:
        leave: messages.Leave = msg.data
        gevent.spawn(self._worker.leave, leave["why"], leave["code"])
