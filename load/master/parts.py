"""The parts of a master, built in the order in which one needs the other."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from load.protocol.clock import run_clock
from load.protocol.locust_options import Order
from load.protocol.locust_runner import Runner
from load.sampling.machine import this_machine
from load.sampling.watcher import Watcher
from load.sampling.watches import all_watched
from profiles import UserError
from report.recording.event import Event

from .action_runner import ActionRunner
from .collector import Collector
from .console import Progress
from .drain import Drain
from .ending import Ending
from .intake import Intake
from .lookout import Lookout
from .run_record import RunRecord
from .steering import Steering, warm_up
from .workers import Roster


@dataclass(frozen=True)
class Parts:
    """All that a master consists of. `now` tells seconds since the run's epoch."""

    order: Order
    now: Callable[[], float]
    ending: Ending
    record: RunRecord
    collector: Collector
    progress: Progress
    roster: Roster
    steering: Steering
    intake: Intake
    watcher: Watcher
    lookout: Lookout
    drain: Drain
    actions: ActionRunner

    def tell(self, event: Event) -> None:
        """Record an event. Raises OSError where the disk won't take it."""
        self.collector.event(event)


def assemble(runner: Runner, order: Order) -> Parts:
    """Begin the record of a run and start its watcher; from now on workers are welcome. Raises UserError."""
    warm_up()
    profile, epoch = order.profile, time.monotonic()
    now, ending = run_clock(epoch), Ending()
    record = RunRecord(order, time.time() - now(), this_machine())
    collector = _collector_in(order.folder)
    tell, progress = collector.event, Progress(profile, len(profile.load.stages()), now)

    def tell_and_show(event: Event) -> None:
        tell(event)
        progress.tell(event)

    roster = Roster(runner, order, collector, epoch, ending, tell)
    steering = Steering(profile, collector, roster, progress, now, tell, ending)
    intake = Intake(profile, collector, steering, progress, ending)
    watcher = Watcher(epoch, all_watched(profile, order.host), intake.on_samples)
    roster.open(intake)
    return Parts(
        order=order, now=now, ending=ending, record=record, collector=collector, progress=progress, roster=roster,
        steering=steering, intake=intake, watcher=watcher,
        lookout=Lookout(order.folder, collector, roster, watcher, ending, tell, now),
        drain=Drain(profile, collector, roster, ending, tell_and_show, now),
        actions=ActionRunner(profile, tell_and_show, now),
    )  # fmt: skip


def _collector_in(folder: Path) -> Collector:
    try:
        return Collector(folder)
    except OSError as error:
        raise UserError(f"{folder}: can't be written: {error.strerror}") from None
