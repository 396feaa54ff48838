"""What is known of one step of the load."""

from dataclasses import dataclass
from typing import Literal

from profiles import Role
from report.analysis.generators import Health
from report.analysis.mapping_faults import MappingFault
from report.recording.steps import Step
from report.rules.rule import Seen
from report.stats.intervals import Interval
from report.stats.stalls import Stall
from report.stats.steady_state import Growth, Verdict

from .verdict import TooMany

MOSTLY = 0.5
"""More than this share of failures at every load leaves nothing to judge the load by."""
StepVerdict = Verdict | Literal["batch", "INVALID"]


@dataclass(frozen=True)
class Fired:
    """A stop rule that fired `at` so many seconds of the run, in step number `step` with so many `clients`; with what it saw.
    `stops`: it ended the load, and wasn't only noted."""

    rule: str
    at: float
    step: int
    clients: int
    seen: Seen | None
    stops: bool


@dataclass(frozen=True)
class StepResult:
    """What one step of the load showed. Rates are per second, times in seconds, failures are shares from 0 to 1.

    A step that was only ramped to, and never held, has NaN for all that would have been measured in its hold.
    """

    stage: Step
    """The step as it was recorded: number, clients, and when it was ramped to and held."""
    offered: float
    """Jobs per second that its clients mean to submit."""
    submitted: float
    """Submits per second that were sent during the hold."""
    completed: float
    """Jobs per second that were seen succeeded or failed, once the hold had settled."""
    throughput: Interval
    """The same with its 95 % interval; NaN bounds where too little was measured."""
    request_rate: Interval
    """Requests per second that were sent during the hold, of all endpoints, with their 95 % interval."""
    requests: int
    """Requests sent during the hold."""
    median: float
    """Median service time of all requests; NaN where they are too few for it."""
    p95: float
    """95th percentile of the same; NaN where they are too few."""
    job_time: float
    """Median time of a job from due to done; NaN where it isn't known."""
    request_failures: float
    """Requests that failed, as a share of all; NaN of none."""
    job_failures: float
    """Jobs that ended but did not succeed, as a share of those that ended; NaN if none did."""
    load_averages: tuple[float, float, float]
    """Of the target's machine over 1, 5 and 15 minutes, at the end of the hold; NaN where it wasn't watched."""
    in_flight_start: int
    """Jobs in flight when the hold began."""
    in_flight_end: int
    """Jobs in flight when it ended."""
    settled: float
    """Seconds at the beginning of the hold that are left out, until it had settled."""
    growth: Growth | None
    """How jobs in flight changed over the rest of the hold; None if it was never held."""
    carried_over: int
    """Jobs in flight at the start beyond what the first step explains; 0 where chance may explain them."""
    stalls: tuple[Stall, ...]
    """Silences in the hold in which no request was answered."""
    failures: tuple[TooMany, ...]
    """What failed, tolerated or not: jobs, refused ones by themselves, and the requests of each endpoint."""
    errors: tuple[TooMany, ...]
    """What failed more often than is tolerated, than chance explains, and than at less load."""
    doubted: tuple[TooMany, ...]
    """What failed more often than is tolerated, though chance may explain it."""
    constant: tuple[TooMany, ...]
    """What failed more often than is tolerated, but not more often than at less load: it says nothing of how much the service
    carries."""
    unfinished: TooMany | None
    """Jobs due in the hold that the end of the run found open, after longer than any of its jobs took that ended; None where no
    more than are tolerated."""
    fired: Fired | None
    """The first stop rule that fired in the step and ended the load; None if none did."""
    spoiled: tuple[Health, ...]
    """The load generators whose faults make the step invalid."""
    unasked: tuple[MappingFault, ...]
    """Endpoints that answered in the step as if they had been asked wrongly, which makes it invalid."""
    verdict: StepVerdict
    """Whether the service kept up: see `report.analysis.steps.results`."""

    @property
    def number(self) -> int:
        """The step's number, from 1."""
        return self.stage.number

    @property
    def planned(self) -> float:
        """Seconds that it was to be held; NaN where it was to last until something happens."""
        return self.stage.planned

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
    def mostly_failing(self) -> bool:
        """Whether more of something failed than not, whatever the load: then nothing is known of what the service carries."""
        return any(each.measured > MOSTLY for each in self.constant)

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
