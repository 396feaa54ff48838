"""The shapes of load. Each expands into the same thing: a tuple of stages, ramped to and held in turn."""

import math
from dataclasses import dataclass
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from .fields import Count, Duration, LastingDuration, Level, Table
from .units import duration_text

Role = Literal["baseline", "load", "confirmation"]


@dataclass(frozen=True)
class Stage:
    """One step of the load: `ramp` seconds to reach `clients`, then `hold` seconds with so many (a batch: inf, for
    as long as it takes).

    Where more than `clear_above` jobs are in flight before it, the load pauses until they are done, for at most
    `clear_for` seconds.
    """

    clients: int
    ramp: float
    hold: float
    role: Role = "load"
    clear_above: int | None = None
    clear_for: float = 0.0


LEAST_IDLE = 5.0
"""Seconds: in less there are too few samples for a level."""


class _Shape(Table):
    """What all shapes share: for how long nothing is asked before and after the load, so that the idle level is known."""

    idle: Duration = 0.0

    @field_validator("idle")
    @classmethod
    def _has_a_level(cls, idle: float) -> float:
        if 0 < idle < LEAST_IDLE:
            raise ValueError(f"{duration_text(idle)} gives no level; allowed: 0s, or {duration_text(LEAST_IDLE)} and more")
        return idle

    @property
    def seeks_limits(self) -> bool:
        """Whether a stop rule that fires is the result sought rather than a failure."""
        return False

    @property
    def watches_backlog(self) -> bool:
        """Whether a growing backlog of open clients ends the load unasked."""
        return False

    @property
    def lead_in(self) -> tuple[Stage, ...]:
        """What comes before the first step and is none."""
        return ()


class _Held(_Shape):
    """What is held for a time: how long a ramp and a hold take, how long open jobs may take at the end, and for how long
    the unloaded service is used before, by one job at a time."""

    ramp: Duration = 10.0
    hold: LastingDuration = 600.0
    drain: Duration = 60.0
    baseline: Duration = 0.0

    @property
    def lead_in(self) -> tuple[Stage, ...]:
        """The baseline, if there is to be one: a single client."""
        return (Stage(1, 0.0, self.baseline, "baseline"),) if self.baseline else ()


class StepLoad(_Held):
    """`start` clients, then `step` more at each step until `until` (inclusive), or until a stop rule fires."""

    shape: Literal["step"]
    start: Level
    step: Level
    until: Level

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.until < self.start:
            raise ValueError(f"until = {self.until} lies below start = {self.start}")
        return self

    @property
    def seeks_limits(self) -> bool:
        """Finding where the service breaks is what a stepping load is for."""
        return True

    @property
    def watches_backlog(self) -> bool:
        """A stepping load is over when jobs come in faster than they get done."""
        return True

    def stages(self) -> tuple[Stage, ...]:
        """A stage a step."""
        return tuple(Stage(n, self.ramp, self.hold) for n in range(self.start, self.until + 1, self.step))


class SpikeLoad(_Held):
    """A list of client counts, up and down, each held alike; `spike` is held for `spike_hold`."""

    shape: Literal["spike"]
    levels: Annotated[tuple[Level, ...], Field(min_length=2)]
    spike_hold: LastingDuration | None = None

    def stages(self) -> tuple[Stage, ...]:
        """A stage a level; the highest levels last `spike_hold`, if given."""
        top = max(self.levels)
        return tuple(Stage(n, self.ramp, self.spike_hold if self.spike_hold and n == top else self.hold) for n in self.levels)


class StageTable(Table):
    """One stage of a free list; what it leaves out is the shape's `ramp` and `hold`."""

    clients: Level
    ramp: Duration | None = None
    hold: LastingDuration | None = None


class StagesLoad(_Held):
    """A free list of stages, each with its own clients, ramp and hold."""

    shape: Literal["stages"]
    stage: Annotated[tuple[StageTable, ...], Field(min_length=1)]

    def stages(self) -> tuple[Stage, ...]:
        """The list, filled in."""
        return tuple(
            Stage(
                stage.clients,
                self.ramp if stage.ramp is None else stage.ramp,
                self.hold if stage.hold is None else stage.hold,
            )
            for stage in self.stage
        )


class HoldLoad(_Held):
    """One level for a long time: so many `clients`, or a share of a capacity (jobs/s): that of the finished run
    `from`, else `capacity`."""

    shape: Literal["hold"]
    clients: Level | None = None
    of_capacity: Annotated[float, Field(gt=0, le=1)] | None = None
    capacity: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    from_run: str | None = Field(default=None, alias="from")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.clients is None) == (self.of_capacity is None):
            raise ValueError("say either clients, or of_capacity with capacity or from")
        if self.of_capacity is not None and self.capacity is None and self.from_run is None:
            raise ValueError("of_capacity needs capacity = (jobs/s), or from = (a finished run's folder)")
        return self

    def stages(self) -> tuple[Stage, ...]:
        """The one stage; needs `clients`, which `profiles.read` has settled by then."""
        assert self.clients is not None, "of_capacity is resolved before a profile is used"
        return (Stage(self.clients, self.ramp, self.hold),)


class BatchLoad(_Shape):
    """So many `jobs` (or as many as the tenants' add up to), submitted by `clients` at once as fast as they are
    accepted. It ends with the last job, or `drain` seconds after the last submit."""

    shape: Literal["batch"]
    jobs: Count | None = None
    clients: Count = 10
    drain: Duration = 600.0

    def stages(self) -> tuple[Stage, ...]:
        """The one stage, without an end of its own."""
        return (Stage(self.clients, 0.0, math.inf),)


class CapacityLoad(_Held):
    """Finds the capacity by itself: from `start` clients on, `growth` times as many at each step, until throughput
    stays flat over three steps; then 90 % of that is held. At most `max_steps` steps, none with more than `until`."""

    shape: Literal["capacity"]
    start: Level
    growth: Annotated[float, Field(gt=1, le=10)] = 1.5
    until: Level | None = None
    max_steps: Count = 20
    clear: Duration = 600.0

    @property
    def seeks_limits(self) -> bool:
        """What breaks the service is what is looked for."""
        return True

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.until is not None and self.until < self.start:
            raise ValueError(f"until = {self.until} lies below start = {self.start}")
        return self

    def stages(self) -> tuple[Stage, ...]:
        """None is known beforehand: each follows from those before it (`report.rules.capacity.search`)."""
        return ()


Load = Annotated[StepLoad | SpikeLoad | StagesLoad | HoldLoad | BatchLoad | CapacityLoad, Field(discriminator="shape")]
SHAPES: tuple[str, ...] = tuple(
    name for shape in get_args(get_args(Load)[0]) for name in get_args(shape.model_fields["shape"].annotation)
)
