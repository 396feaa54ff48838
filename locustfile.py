"""The file Locust loads: wires stepload's master and worker sides into it, and nothing else.

locust -f locustfile.py --headless --load-profile profiles/stepping.toml --host http://127.0.0.1:18991
"""

import os
import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

sys.path.insert(0, str(Path(__file__).resolve().parent))

import gevent
from locust import LoadTestShape, events
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from load.protocol.environment import LONE
from load.protocol.locust_options import add_options
from load.protocol.terminal import ending_signals
from load.worker.generator import Generator
from load.worker.locust_user import JobClient
from profiles import UserError

if TYPE_CHECKING:  # Workers need not load it.
    from load.master.director import Director

__all__ = ["Clients", "Steps"]


class Clients(JobClient):
    """The clients of the job service."""


class Steps(LoadTestShape):
    """As many clients as the director wants."""

    director: "ClassVar[Director]"

    def tick(self) -> tuple[int, float] | None:
        return self.director.tick()


@events.init_command_line_parser.add_listener
def _options(parser: ArgumentParser) -> None:
    add_options(parser)


@events.init.add_listener
def _wire(environment: Environment, **_kwargs: Any) -> None:
    try:
        if not isinstance(environment.runner, WorkerRunner):
            _direct(environment)
        if not isinstance(environment.runner, MasterRunner):
            _generate(environment)
    except UserError as error:
        print(f"stepload: {error}", file=sys.stderr)
        sys.exit(2)


def _direct(environment: Environment) -> None:
    from load.master.director import Director
    from load.master.preflight import wait_until_ready
    from load.protocol.locust_options import read_options
    from load.sampling.watches import refuse_to_watch_elsewhere

    order = read_options(environment.parsed_options)
    environment.parsed_options.expect_workers = 0  # Locust would wait deaf to signals, and go on without a worker that left.
    refuse_to_watch_elsewhere(order.profile, order.host)
    wait_until_ready(order.profile, order.host)
    director = Steps.director = Director(environment, order)
    # Locust installs its own only after a headless shape run has ended: until then a signal would lose the run.
    for number in ending_signals():
        gevent.signal_handler(number, director.interrupt, number.name)


def _generate(environment: Environment) -> None:
    generator = Generator(environment, Clients.begin)
    if isinstance(environment.runner, WorkerRunner):
        for number in ending_signals() if LONE in os.environ else [signal.SIGINT]:
            gevent.signal_handler(number, generator.interrupt, number)
