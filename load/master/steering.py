"""The load while it lasts: which step comes next, what the stop rules make of it, and what they ask for."""

from collections.abc import Callable
from itertools import chain

import pyarrow as pa

from load.jobs.batch import BatchClock
from profiles import CapacityLoad, Profile
from report.recording.columns import completion_times, read_samples
from report.recording.event import Event
from report.recording.events import HoldEnd, HoldStart, Mark, StepEvent
from report.recording.steps import Step, read_stages
from report.rules.capacity.search import Search
from report.rules.capacity.summary import search_line
from report.rules.evaluator import Evaluator, RuleChange
from report.rules.history import History

from .collector import Collector
from .console import RECENT, Progress, Standing
from .ending import Ending
from .schedule import Schedule
from .workers import Roster


def warm_up() -> None:
    """Have pyarrow import what it makes arrays with, pandas above all, before the load begins: on the first rows it would
    take up to a second, in which a generator in this process sends nothing."""
    History().add_samples(read_samples(b""))


class Steering:
    """Steps the load of one run and judges it. `now` tells seconds since its epoch; `tell` records an event; a stop rule
    asks for the `ending`."""

    def __init__(
        self,
        profile: Profile,
        collector: Collector,
        roster: Roster,
        progress: Progress,
        now: Callable[[], float],
        tell: Callable[[Event], None],
        ending: Ending,
    ) -> None:
        self._collector, self._roster, self._progress = collector, roster, progress
        self._now, self._tell, self._ending = now, tell, ending
        self._search = Search(profile) if isinstance(profile.load, CapacityLoad) else None
        steps = iter(self._search.next, None) if self._search else profile.load.stages()
        self._schedule = Schedule(chain(profile.load.lead_in, steps))
        self._evaluator = Evaluator(profile)
        self._batch = BatchClock(profile.batch, profile.load.drain) if profile.batch is not None else None
        self._steps: tuple[Step, ...] = ()
        self._events: list[Event] = []
        self._judged = 0
        self.ended_step = False
        """Whether a stop rule has ended a step."""

    @property
    def waiting(self) -> bool:
        """Whether there is no load yet."""
        return self._schedule.phase == "waiting"

    @property
    def over(self) -> bool:
        """Whether there is no more load."""
        return self._schedule.phase == "over"

    @property
    def begun(self) -> float | None:
        """When the first step began; a baseline is none."""
        return next((event.t for event in self._events if isinstance(event, StepEvent) and event.step), None)

    @property
    def late_rows(self) -> int:
        """Rows that came after the mark that they belong before."""
        return self._evaluator.history.late_rows

    @property
    def found(self) -> str:
        """What a capacity search came to, in a line."""
        return search_line(self._search.decision.seen, self._search.decision.because) if self._search else ""

    def target(self) -> int:
        """How many clients there should be now."""
        return self._schedule.target(self._now())

    def advance(self, now: float) -> None:
        """Move on where it is time."""
        clients, in_flight = self._collector.total(lambda w: w.clients), self._collector.total(lambda w: w.in_flight)
        self._take(self._schedule.advance(now, clients, self._evaluator.history.second, in_flight))
        self._advance_batch(now)

    def judge(self, mark: float) -> None:
        """Have the stop rules look at all whole seconds until `mark`, and obey them."""
        if int(mark) <= self._judged:
            return
        self._judged = int(mark)
        self._tell(Mark(self._now(), self._judged))
        for change in self._evaluator.advance(self._judged, self._steps):
            event = change.event(self._now())
            self._tell(event)
            self._progress.tell(event)
            self._obey(change)

    def stop(self) -> None:
        """End the load now."""
        self._take(self._schedule.stop(self._now()))

    def add_rows(self, requests: pa.Table, jobs: pa.Table, samples: bytes) -> None:
        """A worker's rows, and its lines of samples.csv, which the stop rules should see as long as there is load."""
        if self.over:
            return
        self._evaluator.history.add_requests(requests)
        self._evaluator.history.add_jobs(jobs)
        if self._search:
            self._search.add(completion_times(jobs))
        self.add_samples(samples)

    def add_samples(self, lines: bytes) -> None:
        """Lines of samples.csv, from whom ever."""
        self._evaluator.history.add_samples(read_samples(lines, has_header=False))

    def standing(self) -> Standing:
        """How the run stands."""
        return Standing(
            step=self._schedule.step,
            phase=self._schedule.phase,
            left=self._schedule.left(self._now()),
            clients=self._collector.total(lambda worker: worker.clients),
            in_flight=self._collector.total(lambda worker: worker.in_flight),
            recent=self._evaluator.history.last(RECENT),
            near={label: reading.near for label, reading in self._evaluator.readings.items()},
        )

    def _take(self, events: list[Event]) -> None:
        for event in events:
            self._tell(event)
            self._events.append(event)
            self._progress.tell(event)
            if isinstance(event, HoldStart):
                self._roster.check_clocks()
                if self._search and event.step:
                    self._search.hold(event.t)
            if isinstance(event, HoldEnd):
                self._roster.unloaded = False
        if events:
            self._steps = read_stages(self._events, None)

    def _advance_batch(self, now: float) -> None:
        """Give each worker its share of the batch, and end its step when the batch is over."""
        if self._batch is None or self._schedule.phase != "hold":
            return
        workers = self._collector.taking_part
        if not self._roster.shares:
            # (first, every): worker by worker in turn.
            self._roster.shares = {worker.index: (i, len(workers)) for i, worker in enumerate(workers)}
        begun = self._collector.total(lambda worker: worker.counters["arrivals"])
        if self._batch.is_over(now, begun, self._collector.total(lambda worker: worker.jobs)):
            self._take(self._schedule.end_hold(now))

    def _obey(self, change: RuleChange) -> None:
        """Do to the load what a stop rule asks for."""
        match change.state, change.then:
            case "fired", "stop":
                self._ending.ask("stopped", change.rule)
                self.stop()
            case "fired", "next":
                self.ended_step = True
                if self._search:
                    self._search.cut()
                self._take(self._schedule.skip(self._now(), self._collector.total(lambda worker: worker.in_flight)))
            case "confirming", "stop" | "next" if self._search is None:
                self._take(self._schedule.hold_again(self._now()))
