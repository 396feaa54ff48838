"""What is known of one step of the load."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from profiles import Role
from report.analysis.generators import Health
from report.recording.steps import Step
from report.stats.intervals import Interval
from report.stats.stalls import Stall
from report.stats.steady_state import Growth, Verdict

from .verdict import TooMany

StepVerdict = Verdict | Literal["batch", "INVALID"]


@dataclass(frozen=True)
class Fired:
    """A stop rule that fired: `at` seconds, in step number `step`, with the numbers that made it so."""

    rule: str
    at: float
    step: int
    clients: int
    values: Mapping[str, Any]
    stops: bool


@dataclass(frozen=True)
class StepResult:
    """One step. Rates per second, times in seconds, failures as shares, NaN where nothing was measured.

    `median`, `p95`: of all requests, NaN where they are too few. `load_averages`: the target's load averages at the end of
    the hold. `completed`: jobs per second once the hold had settled, with its interval `throughput`. `job_time`: median of due →
    done, NaN where it isn't known. `settled`: seconds of the hold left
    out until it had settled; `growth`: of jobs in flight over the rest, None if it was never held. `carried_over`: jobs in
    flight at the start beyond what the first step explains. `spoiled`: what the load generators did wrong, in words.
    `stalls`: silences in which no request was answered. `unfinished`: jobs due in the hold that were open at the end of the run,
    after longer than any of its jobs took that ended, if more than are tolerated. `errors`, `doubted`: failures beyond what is
    tolerated, by more than chance explains or by less.
    """

    stage: Step
    planned: float
    offered: float
    submitted: float
    completed: float
    throughput: Interval
    request_rate: Interval
    requests: int
    median: float
    p95: float
    job_time: float
    request_failures: float
    job_failures: float
    load_averages: tuple[float, float, float]
    in_flight_start: int
    in_flight_end: int
    settled: float
    growth: Growth | None
    carried_over: int
    stalls: tuple[Stall, ...]
    errors: tuple[TooMany, ...]
    doubted: tuple[TooMany, ...]
    unfinished: TooMany | None
    fired: Fired | None
    spoiled: tuple[Health, ...]
    verdict: StepVerdict

    @property
    def number(self) -> int:
        """The step's number, from 1."""
        return self.stage.number

    @property
    def clients(self) -> int:
        """Clients held."""
        return self.stage.clients

    @property
    def role(self) -> Role:
        """What the step was held for: load, or the confirmation of a capacity found."""
        return self.stage.role

    @property
    def ramp(self) -> float:
        """Seconds that the ramp to it was planned to take; NaN where it had no length of its own."""
        return self.stage.ramp

    @property
    def hold(self) -> tuple[float, float] | None:
        """Start and end of the hold, in seconds of the run; None if it was never held."""
        return self.stage.hold

    @property
    def hold_start(self) -> float | None:
        """When the hold began; None if it never did."""
        return self.stage.hold_start

    @property
    def hold_end(self) -> float | None:
        """When the hold ended; None if it never began."""
        return self.stage.hold_end

    @property
    def cut(self) -> bool:
        """Whether it was ended before its time."""
        return self.stage.cut

    @property
    def seconds(self) -> float:
        """How long the hold lasted."""
        return self.stage.seconds

    @property
    def sustained(self) -> bool:
        """Whether the service is known to have kept up."""
        return self.verdict == "SUSTAINED"

    @property
    def failed(self) -> bool:
        """Whether the service is known not to have kept up."""
        return self.verdict == "UNSUSTAINED"

    @property
    def worst(self) -> TooMany | None:
        """What failed most, of what failed too often."""
        return max(self.errors, key=lambda error: error.measured, default=None)

    @property
    def seemed_to_break(self) -> bool:
        """Whether the service seemed not to keep up, whatever the load generators had to do with that."""
        return bool(self.fired or self.errors or self.unfinished) or (
            self.growth is not None and self.growth.verdict == "UNSUSTAINED"
        )


@dataclass(frozen=True)
class Capacity:
    """`carried`: the last step sustained, unbroken from the first. `breaking`: the first that wasn't."""

    carried: StepResult | None
    breaking: StepResult | None
