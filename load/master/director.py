"""Between Locust and a run: Locust's shape asks for clients here, signals come here, and Locust ends when the run has."""

import logging
import os
import sys
from contextlib import suppress
from typing import Any

import gevent
from locust.env import Environment
from locust.stats import StatsCSVFileWriter

from load.protocol.environment import PARENT
from load.protocol.lifeline import on_process_end
from load.protocol.locust_options import Order
from load.protocol.locust_runner import Runner
from load.protocol.terminal import let_go_of_terminal
from report.recording.events import Signal

from .course import EVERY, Course
from .ending import ORPHANED, STOP
from .parts import assemble


class Director:
    """Runs one test. Locust's shape asks `tick` for the number of clients; the rest is greenlets and messages."""

    def __init__(self, environment: Environment, order: Order) -> None:
        self._environment = environment
        _let_csv_fail()
        self._runner: Runner = environment.runner
        self._parts = assemble(self._runner, order)
        self._ending, self._steering = self._parts.ending, self._parts.steering
        self._course: gevent.Greenlet | None = None
        self._done = self._let_go = False
        environment.events.test_stopping.add_listener(self._on_stop)
        if PARENT in os.environ:
            on_process_end(int(os.environ[PARENT]), self._orphaned)
            logging.getLogger("locust.stats_logger").setLevel(logging.WARNING)

    def tick(self) -> tuple[int, float] | None:
        """What Locust's shape returns: (clients, spawn rate), or None when all is recorded and it may quit."""
        if self._course is None:
            self._course = gevent.spawn(self._run)
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
        """Ctrl-C, SIGTERM or SIGHUP: the first ends the load and drains for a while, the second ends it now."""
        if signal == "SIGHUP":
            let_go_of_terminal()
        self._ending.signals.append(signal)
        self._tell_of(signal)
        if len(self._ending.signals) > 1 or self._course is None:
            self._parts.roster.drain(0.0, cancel=False)
        if self._course is None:
            self._course = gevent.spawn(self._run)
        if self._done:
            self._close_page()

    def _run(self) -> None:
        try:
            Course(self._parts).run()
        finally:
            if self._ending.unwritable:
                self._environment.events.quit.add_listener(_leave)
            seeks_limits = self._parts.order.profile.load.seeks_limits
            self._environment.process_exit_code = self._ending.exit_code(self._steering.ended_step, seeks_limits)
            self._done = True
            if set(self._ending.signals) - {STOP}:
                self._close_page()

    def _on_stop(self, **_kwargs: Any) -> None:
        """Locust lets its clients go: since the run is over, or since somebody pressed the button on its page."""
        self._let_go = True
        if not self._done:
            self.interrupt(STOP)

    def _orphaned(self) -> None:
        """Whoever started us is gone: nobody will ask for an orderly end, so there is only a quick one."""
        self._ending.signals.append(ORPHANED)
        self.interrupt(ORPHANED)

    def _tell_of(self, signal: str) -> None:
        with suppress(OSError, ValueError):  # The disk is full, or the run is sealed already.
            event = Signal(self._parts.now(), signal)
            self._parts.tell(event)
            if len(self._ending.signals) == 1:
                self._parts.progress.tell(event)

    def _close_page(self) -> None:
        """Locust serves its page until somebody ends it, and its signals are ours."""
        if self._environment.web_ui is not None:
            self._environment.web_ui.stop()


def _let_csv_fail() -> None:
    """Where the disk takes no more, Locust's own CSV files end with a traceback; the run says it in a sentence."""
    write = StatsCSVFileWriter.stats_writer

    def until_full(writer: Any) -> None:
        with suppress(OSError):
            write(writer)

    StatsCSVFileWriter.stats_writer = until_full


def _leave(exit_code: int, **_kwargs: Any) -> None:
    """What Locust does after its last event is to close files of its own on a full disk, and to crash."""
    sys.stdout.flush()
    os._exit(exit_code)
