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
from load.protocol.lifeline import on_process_end
from load.protocol.locust_options import Order
from load.sampling.machine import this_machine
from load.sampling.watcher import Watcher
from load.sampling.watches import all_watched

from .action_runner import ActionRunner
from .collector import Collector
from .console import Progress
from .drain import Drain
from .ending import ORPHANED, STOP, End, Ending
from .intake import Intake
from .lookout import Lookout
from .run_record import RunRecord
from .steering import Steering, warm_up
from .workers import Roster

EVERY = 0.2
"""Seconds between two looks at how the run stands."""


class Director:
    """Runs one test. Locust's shape asks `tick` for the number of clients; the rest is greenlets and messages."""

    def __init__(self, environment: Environment, order: Order) -> None:
        self._environment, self._runner, self._order = environment, environment.runner, order
        profile = order.profile
        warm_up()
        epoch = time.monotonic()
        self._now = run_clock(epoch)
        self._ending = Ending()
        self._actions = ActionRunner(profile, self._tell_and_show, self._now)
        self._record = RunRecord(order, time.time() - self._now(), this_machine())
        self._collector = Collector(order.folder)
        tell = self._collector.event
        self._progress = Progress(profile, len(profile.load.stages()), self._now)
        self._roster = Roster(self._runner, order, self._collector, epoch, self._ending, tell)
        self._steering = Steering(profile, self._collector, self._roster, self._progress, self._now, tell, self._ending)
        self._intake = Intake(profile, self._collector, self._steering, self._progress, self._ending)
        self._watcher = Watcher(epoch, all_watched(profile, order.host), self._intake.on_samples)
        self._lookout = Lookout(order.folder, self._collector, self._roster, self._watcher, self._ending, tell, self._now)
        self._drain = Drain(profile, self._collector, self._roster, self._ending, self._tell_and_show, self._now)
        self._roster.open(self._intake)
        self._course: gevent.Greenlet | None = None
        self._done = self._let_go = False
        self._listen_for_the_end()

    def tick(self) -> tuple[int, float] | None:
        """What Locust's shape returns: (clients, spawn rate), or None when all is recorded and it may quit."""
        if self._course is None:
            self._course = gevent.spawn(self._direct)
        while self._steering.waiting and not self._done:
            gevent.sleep(EVERY)  # Locust itself would not wait for the workers.
        if self._done:
            if self._let_go:  # Somebody pressed Start once more.
                print("stepload: this run is over and recorded; start Locust anew for another", file=sys.stderr)
            return None
        target = self._steering.target()
        # All of the change at once: the ramp is ours, tick by tick, since a ramp of Locust's silences `tick`.
        return target, float(max(1, abs(target - self._runner.user_count)))

    def interrupt(self, signal: str) -> None:
        """Ctrl-C or SIGTERM: the first ends the load and drains for a while, the second ends it now."""
        self._ending.signals.append(signal)
        self._tell_of(signal)
        if len(self._ending.signals) > 1 or self._course is None:
            self._roster.drain(0.0, cancel=False)
        if self._course is None:
            self._course = gevent.spawn(self._direct)
        if self._done:
            self._close_page()

    def _listen_for_the_end(self) -> None:
        """Of Locust's clients, and of who started us."""
        self._environment.events.test_stopping.add_listener(self._on_stop)
        if PARENT in os.environ:
            on_process_end(int(os.environ[PARENT]), self._orphaned)
            logging.getLogger("locust.stats_logger").setLevel(logging.WARNING)

    def _on_stop(self, **_kwargs: Any) -> None:
        """Locust lets its clients go: since the run is over, or since somebody pressed the button on its page."""
        self._let_go = True
        if not self._done:
            self.interrupt(STOP)

    def _orphaned(self) -> None:
        """Whoever started us is gone: nobody will ask for an orderly end, so there is only a quick one."""
        self._ending.signals.append(ORPHANED)
        self.interrupt(ORPHANED)

    def _direct(self) -> None:
        try:
            self._begin()
            while not self._steering.over and self._ending.end is None:
                self._step()
                gevent.sleep(EVERY)
            self._steering.stop()
            self._end()
        except OSError as error:
            self._ending.fail_to_write(error)
        except Exception as error:  # Locust would swallow it and go on without us.
            self._ending.fail(f"{type(error).__name__}: {error}")
            raise
        finally:
            self._seal()
            self._done = True
            if set(self._ending.signals) - {STOP}:
                self._close_page()

    def _begin(self) -> None:
        """All that comes before the load. What goes wrong there ends the run."""
        stages = self._order.profile.load.stages()
        planned = [{"clients": stage.clients, "ramp": stage.ramp, "hold": stage.hold} for stage in stages]
        self._collector.event({"t": self._now(), "event": "run_start", "stages": planned})
        self._wait_for_workers()
        if self._ending.end is None:
            wrong = self._actions.run_all("before", lambda: not self._ending.signals)
            if wrong and not self._ending.signals:
                self._ending.ask("failed", f"before the load {wrong}")
        self._roster.begin()

    def _wait_for_workers(self) -> None:
        patience, wanted = self._order.patience, self._order.workers
        while not self._roster.complete and not self._ending.signals:
            ready = len(self._collector.taking_part)
            if patience and self._now() > patience:
                self._ending.ask("failed", f"{ready} of {wanted} workers were ready within {patience:.0f} s")
                return
            self._progress.wait(ready, wanted)
            gevent.sleep(EVERY)

    def _step(self) -> None:
        """Move the load on, unless something ends the run."""
        now = round(self._now(), 6)  # As events.jsonl has it: the same search follows from the files.
        if self._ending.signals:
            self._ending.ask("interrupted", self._ending.signals[0])
            return
        self._steering.advance(now)
        if self._steering.begun is not None:
            self._actions.start_due(now - self._steering.begun)
        self._lookout.look()
        if self._ending.end is None:
            self._steering.judge(self._lookout.mark)
        self._progress.show(self._steering.standing)

    def _end(self) -> None:
        """No more load: what is open may end, and all that was recorded arrives."""
        self._ending.ask("finished", self._steering.found)
        assert self._ending.end is not None
        self._drain.carry_out(self._ending.end, lambda: self._progress.show(self._steering.standing))
        cancelled = {"cancelled": self._intake.cancelled} if self._order.profile.api.cancel else {}
        self._collector.event({"t": self._now(), "event": "drain_end", "abandoned": self._intake.abandoned, **cancelled})
        self._actions.run_all("after", lambda: len(self._ending.signals) < 2)

    def _seal(self) -> None:
        """Close the files and complete run.json; after that nothing is written any more."""
        end = self._ending.end or End("failed")
        folder, workers = self._order.folder, self._collector.workers.values()
        try:
            self._actions.stop()
            if self._steering.late_rows:
                self._collector.event({"t": self._now(), "event": "late_rows", "rows": self._steering.late_rows})
            self._roster.close()
            self._watcher.stop()
            self._intake.close()
            self._collector.event({"t": self._now(), "event": "run_end", "reason": end.reason, "detail": end.detail})
            self._collector.close()
            rows, machines = self._collector.lines, self._roster.machines
            self._record.seal(self._now(), end, machines, [worker.record() for worker in workers], rows)
        except OSError as error:
            print(f"{folder}: the run could not be sealed: {error.strerror}", file=sys.stderr)
        if self._ending.unwritable:
            self._environment.events.quit.add_listener(_leave)
        seeks_limits = self._order.profile.load.seeks_limits
        self._environment.process_exit_code = self._ending.exit_code(self._steering.ended_step, seeks_limits)
        self._progress.end(end.reason, end.detail, folder)

    def _tell_of(self, signal: str) -> None:
        with suppress(OSError, ValueError):  # The disk is full, or the run is sealed already.
            event = {"t": self._now(), "event": "signal", "signal": signal}
            self._collector.event(event)
            if len(self._ending.signals) == 1:
                self._progress.tell(event)

    def _tell_and_show(self, event: dict[str, Any]) -> None:
        self._collector.event(event)
        self._progress.tell(event)

    def _close_page(self) -> None:
        """Locust serves its page until somebody ends it, and its signals are ours."""
        if self._environment.web_ui is not None:
            self._environment.web_ui.stop()


def _leave(exit_code: int, **_kwargs: Any) -> None:
    """What Locust does after its last event is to close files of its own on a full disk, and to crash."""
    sys.stdout.flush()
    os._exit(exit_code)
