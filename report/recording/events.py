"""The events of a run: one type for each kind of line in events.jsonl, as `event_lines` writes and reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from profiles import Role
from profiles.stops import Then

from .event import LATEST, Event, Length, PlannedStage, Value
from .run_info import Reason

State = Literal["armed", "confirming", "cleared", "fired"]


@dataclass(frozen=True)
class RunStart(Event, name="run_start"):
    """The recording begins; the planned steps."""

    stages: tuple[PlannedStage, ...]


@dataclass(frozen=True)
class WorkerJoined(Event, name="worker_joined"):
    """A load generator is ready. `clock_offset`: the master's clock minus its own, in seconds."""

    worker: int
    host: str
    pid: int
    clock_offset: float


@dataclass(frozen=True)
class WorkerQuiet(Event, name="worker_quiet"):
    """Nothing has come from a load generator since second `heard`."""

    worker: int
    heard: float


@dataclass(frozen=True)
class WorkerBack(Event, name="worker_back"):
    """Something came from a quiet load generator again, after `silent` seconds."""

    worker: int
    silent: float


@dataclass(frozen=True)
class WorkerLost(Event, name="worker_lost"):
    """A load generator is gone, last heard of at second `heard`."""

    worker: int
    reason: str
    heard: float


@dataclass(frozen=True)
class WatcherLost(Event, name="watcher_lost"):
    """Nothing is sampled from here on."""


@dataclass(frozen=True)
class Slept(Event, name="slept"):
    """One of our own processes (`who`: master or watcher) did nothing for so many `seconds`, until now."""

    who: Literal["master", "watcher"]
    seconds: float


@dataclass(frozen=True)
class Strangers(Event, name="strangers"):
    """So many messages have come to the master's port until now that none of its workers sent; they were dropped."""

    messages: int


@dataclass(frozen=True)
class StepEvent(Event):
    """What every event of a step has: its number."""

    step: Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class ClearStart(StepEvent, name="clear_start"):
    """The load pauses before that step until its `in_flight` open jobs are done, or for `limit` seconds."""

    in_flight: int
    limit: float


@dataclass(frozen=True)
class ClearEnd(StepEvent, name="clear_end"):
    """The load goes on."""

    in_flight: int


@dataclass(frozen=True)
class Clock(Event, name="clock"):
    """A worker's clock was measured again: off by `drift` since it joined, give or take `error`, in seconds."""

    worker: int
    drift: float
    error: float


@dataclass(frozen=True)
class RampStart(StepEvent, name="ramp_start"):
    """The number of clients begins to change, from `from_`; `ramp` and `hold` are how long both are to take."""

    clients: int
    from_: int
    ramp: Length
    hold: Length
    role: Role


@dataclass(frozen=True)
class HoldStart(StepEvent, name="hold_start"):
    """All workers report the step's number of clients."""

    clients: int


@dataclass(frozen=True)
class HoldEnd(StepEvent, name="hold_end"):
    """The step ended; `cut`: before its time."""

    clients: int
    cut: bool


@dataclass(frozen=True)
class HoldAgain(StepEvent, name="hold_again"):
    """The step that just ended is held longer: a stop rule wants to see this load once more."""

    clients: int


@dataclass(frozen=True)
class RuleState(Event, name="rule"):
    """A stop rule's state changed at second `at`; `values` are the numbers that made it so, as its own file reads them."""

    rule: str
    state: State
    then: Then
    at: int | float
    step: int
    clients: int
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Mark(Event, name="mark"):
    """All rows that completed until second `mark` have been received and judged."""

    mark: Annotated[int | float, Field(ge=0, le=LATEST)]


@dataclass(frozen=True)
class LateRows(Event, name="late_rows"):
    """So many rows came after the mark that they belong before."""

    rows: int


@dataclass(frozen=True)
class HeldBack(Event, name="held_back"):
    """Arrivals that max_in_flight has held back until now, in all and by the number of the load generator."""

    jobs: int
    workers: Mapping[str, int]


@dataclass(frozen=True)
class Signal(Event, name="signal"):
    """What interrupted the run: a signal's name, or who else wanted its end."""

    signal: str


@dataclass(frozen=True)
class ActionStart(Event, name="action_start"):
    """An action begins; secrets stand in `command` by their names."""

    action: str
    command: str


@dataclass(frozen=True)
class ActionEnd(Event, name="action_end"):
    """An action ended, `code` being its exit code (None: it was ended, or never ran); `wrong`: what went wrong, or empty;
    `output`: the end of what it printed."""

    action: str
    code: int | None
    wrong: str
    seconds: float
    output: str


@dataclass(frozen=True)
class IdleStart(Event, name="idle_start"):
    """Nothing is asked of the service for `seconds`, before or after the load (`when`), to know its idle level."""

    when: Literal["before", "after"]
    seconds: float


@dataclass(frozen=True)
class IdleEnd(Event, name="idle_end"):
    """That is over."""

    when: Literal["before", "after"]


@dataclass(frozen=True)
class DrainStart(Event, name="drain_start"):
    """No more arrivals: the open jobs have `limit` seconds to end."""

    in_flight: int
    limit: float


@dataclass(frozen=True)
class DrainEnd(Event, name="drain_end"):
    """Every worker is done; `abandoned` jobs were given up; `cancelled`: how many the target said it cancelled, if it can."""

    abandoned: int
    cancelled: int | None = None


@dataclass(frozen=True)
class RunEnd(Event, name="run_end"):
    """The recording ends, as run.json says it."""

    reason: Reason
    detail: str


@dataclass(frozen=True)
class UnknownEvent(Event):
    """An event of another version, kept as it is."""

    data: Mapping[str, Any]
