"""The worker's side of a run: a process that takes on its master's profile, generates load, and ends in order."""

import functools
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

import gevent
from locust import argument_parser
from locust.env import Environment
from locust.runners import WorkerRunner

from load.http.departures import Departures
from load.jobs.api import HttpJobApi
from load.protocol import messages
from load.protocol.environment import LONE, PARENT
from load.protocol.lifeline import on_process_end
from load.protocol.locust_runner import Runner
from load.protocol.terminal import let_go_of_terminal
from load.sampling.watcher import Watcher
from load.sampling.watches import host_watch
from profiles import Profile, UserError, validate

from .health import sample_health
from .link import MasterLink
from .locust_stats import LocustStats
from .priority import raise_priority
from .recorder import Recorder
from .session import Session

DELIVERY_PATIENCE = 60.0
"""A worker that has left keeps what it recorded for so many seconds, should the link to its master come back."""
DELIVERY_LOOK = 0.5
"""Seconds between two looks at whether all is delivered."""
TOGETHER = 0.05
"""Seconds within which all handlers of one signal have run."""


class Generator:
    """One load generator process. Once its master has welcomed it, it has a `Session`, which `begin` hands to the clients."""

    def __init__(self, environment: Environment, begin: Callable[[Session], None]) -> None:
        self._environment, self._begin_clients = environment, begin
        self._runner: Runner = environment.runner
        self._number = self._runner.worker_index + 1
        self._session: Session | None = None
        self._interrupted = self._leaving = False
        self._departures = Departures()
        self._recorder = Recorder(self._number)
        self._link = MasterLink(self._runner, self._number, self._recorder, self)
        environment.events.quitting.add_listener(self._wait_until_left)
        _spare_the_parser()

    def interrupt(self, number: int) -> None:
        """A signal to a worker. One that was started alone leaves the run; to any other the master, which a Ctrl-C
        reached as well, tells what to do. The second ends the process now."""
        if self._interrupted:
            os._exit(128 + number)
        self._interrupted = True
        if number == signal.SIGHUP:
            let_go_of_terminal()
        if LONE in os.environ:
            gevent.spawn(self.leave, f"it was interrupted ({signal.Signals(number).name})", 128 + number)
            return
        self._say("the master ends the run; press Ctrl-C again to leave it now")

    def welcome(self, welcome: messages.Welcome) -> None:
        """Take on the master's profile, with secrets from this machine's own environment."""
        try:
            profile = validate(welcome["profile"], "the master's profile")
            api = HttpJobApi(profile, welcome["host"], self._departures)
        except UserError as error:
            self._say(str(error))
            os._exit(2)
        gevent.spawn(self._begin, welcome, profile, api)

    def take_share(self, first: int, every: int) -> None:
        """This worker's part of the batch: every so-manieth job from the first on."""
        if self._session is not None:
            self._session.take_share(first, every)

    def end_baseline(self) -> None:
        """Clients that come from now on are those of the steps."""
        if self._session is not None:
            self._session.end_baseline()

    def drain_within(self, limit: float, cancel: bool) -> None:
        """Start no more jobs; those that are open may end within so many seconds, and are then cancelled at the target, if
        it can do that. A later word may shorten that."""
        if self._session is not None and self._session.drain_within(limit, cancel) and not self._leaving:
            gevent.spawn(self._drain, self._session)

    def leave(self, why: str, code: int) -> None:
        """End the load now, deliver what was recorded as long as that may still succeed, and end the process."""
        if self._leaving:
            return
        if self._session is None:
            self._say(why)
            os._exit(code)
        self._leaving = True
        self._link.turn_from_locust()
        self._say(f"{why}; it submits no more jobs")
        self._session.cut_off()
        if not self._link.finished:
            self._link.send(self._session.cut(self._runner.user_count, final=True, left=why))
        deadline = time.monotonic() + DELIVERY_PATIENCE
        while not self._link.delivered and time.monotonic() < deadline and not self._link.master_refuses():
            gevent.sleep(DELIVERY_LOOK)
        self._say("all that it recorded was delivered" if self._link.delivered else "what it recorded last is lost")
        os._exit(code)

    def _begin(self, welcome: messages.Welcome, profile: Profile, api: HttpJobApi) -> None:
        if failed := api.sign_in():
            self._say(f"the login failed: {failed}")
            os._exit(2)
        offset, error = self._link.clock_offset(welcome)
        epoch = welcome["epoch"] - offset
        locust = LocustStats(self._environment, profile, epoch)
        session = Session(profile, api, self._number, welcome["workers"], epoch, self._recorder, locust, self._departures)
        self._begin_clients(session)
        self._session = session
        self._link.ready(offset, error, raise_priority())
        if isinstance(self._runner, WorkerRunner):
            self._heed_the_master(welcome["pid"])
        gevent.spawn(sample_health, self._number, session.now, lambda: len(session.in_flight), self._recorder.sample)
        if welcome["watch_host"]:
            Watcher(epoch, [host_watch(f"host-{socket.gethostname()}")], self._recorder.sample_lines)
        gevent.spawn(self._link.keep_sending, lambda: session.cut(self._runner.user_count))

    def _drain(self, session: Session) -> None:
        session.drain(lambda: not self._leaving)
        if not self._leaving:
            self._link.send(session.cut(self._runner.user_count, final=True))

    def _wait_until_left(self, **_kwargs: Any) -> None:
        """Locust has a handler of SIGTERM, too, which would end this process before all is delivered."""
        gevent.sleep(TOGETHER)
        while self._leaving:
            gevent.sleep(TOGETHER)

    def _heed_the_master(self, pid: int) -> None:
        """A master that was started together with us can be seen to end; of another only its silence tells."""
        if PARENT not in os.environ or not on_process_end(pid, self._master_is_gone):
            gevent.spawn(self._link.watch)

    def _master_is_gone(self) -> None:
        if self._link.delivered:
            os._exit(0)
        self._say("the master is gone; stopping")
        os._exit(1)

    def _say(self, what: str) -> None:
        print(f"worker {self._number}: {what}", file=sys.stderr)


def _spare_the_parser() -> None:
    """Locust builds its whole argument parser anew for each option in each spawn message: 100 ms of standstill on
    a worker at every tick of a ramp, in which jobs that are due wait. Its defaults never change: once will do."""
    if not hasattr(argument_parser.default_args_dict, "cache_info"):
        argument_parser.default_args_dict = functools.cache(argument_parser.default_args_dict)
