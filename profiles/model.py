"""What a test is: the schema of a profile, as frozen pydantic models. Units inside: seconds, bytes, shares."""

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from .actions import Action
from .api import ENDPOINTS, Api, JobKind, Target
from .conditions import ALL_REQUESTS, JOB_SUBJECTS, Condition, Names, parse_condition
from .extras import Extra
from .fields import Count, Duration, LastingDuration, Name, Share, Table
from .shapes import BatchLoad, CapacityLoad, HoldLoad, Load
from .stops import RULES, Limit, Stop, check_window
from .units import duration_text
from .watches import Watch

TIMES_OF = {"queue": ("created", "started"), "processing": ("started", "finished")}
"""The target's timestamps that these subjects lie between."""

OF_ARRIVALS = ("submit_every", "mode", "arrivals", "max_in_flight")
"""What `clients` say of arrivals in time, of which a batch has none."""


class Tenant(Table):
    """One of those who share the service: a share of the arrivals by `weight`, in a batch also exactly so many `jobs`."""

    name: Name
    weight: Count = 1
    jobs: Count | None = None


class Clients(Table):
    """How each client behaves. `submit_every`, `poll_every`, `give_up_after` in seconds."""

    submit_every: LastingDuration = 5.0
    mode: Literal["open", "paced", "think"] = "open"
    arrivals: Literal["even", "poisson"] = "even"
    poll_every: LastingDuration = 1.0
    give_up_after: LastingDuration = 600.0
    max_in_flight: Count = 5000


class Method(Table):
    """Constants of the method; overriding one is printed in the report, whose verdict is then at best QUALIFIED."""

    settle: Duration = Field(
        default=30.0,
        description="left out at the start of a hold, at most a third of it; longer where MSER-5 asks for it (White 1997)",
    )
    window: Duration = Field(default=20.0, description="what stop conditions on requests and jobs are measured over")
    min_jobs: Count = Field(default=100, description="fewer jobs decide nothing: a p90 of them has ten above it")
    leak_min: Duration = Field(default=7200.0, description="constant load from which a leak can be told from a warm-up")
    recovery_window: Duration = Field(
        default=15.0, description="windows of submissions that must be as before a spike, four in a row"
    )
    generator_cpu: Annotated[float, Field(gt=0)] = Field(
        default=0.8, description="share of a core, beyond which a load generator spoils the step"
    )
    generator_lag: Duration = Field(
        default=0.02, description="lag (p99) of a generator's event loop, beyond which it spoils the step"
    )
    generator_late: Share = Field(
        default=0.01, description="share of submits sent late, beyond which a load generator spoils the step"
    )


class Profile(Table):
    """One file says everything a test does."""

    name: Name
    goal: str = ""
    target: Target = Target()
    api: Api
    job: tuple[JobKind, ...] = Field(min_length=1)
    tenant: tuple[Tenant, ...] = ()
    extra: tuple[Extra, ...] = ()
    action: tuple[Action, ...] = ()
    values: dict[str, str | int | float | bool] = {}
    clients: Clients = Clients()
    load: Load
    stop: tuple[Stop, ...] = ()
    limit: tuple[Limit, ...] = ()
    watch: tuple[Watch, ...] = ()
    method: Method = Method()
    lost_worker: Literal["end", "continue"] = "end"
    seed: int = 1

    @field_validator("job")
    @classmethod
    def _kinds_differ(cls, jobs: tuple[JobKind, ...]) -> tuple[JobKind, ...]:
        kinds = [job.kind for job in jobs]
        if len(set(kinds)) < len(kinds):
            raise ValueError(f"kinds must differ, found {', '.join(kinds)}")
        if not any(job.weight for job in jobs):
            raise ValueError("at least one kind needs a weight above 0")
        return jobs

    @field_validator("tenant", "action", "watch")
    @classmethod
    def _names_differ(cls, named: tuple[Tenant | Action | Watch, ...]) -> tuple[Tenant | Action | Watch, ...]:
        names = [each.name for each in named]
        if len(set(names)) < len(names):
            raise ValueError(f"names must differ, found {', '.join(names)}")
        return named

    @model_validator(mode="after")
    def _extras_have_names_of_their_own(self) -> "Profile":
        taken = [*ENDPOINTS, ALL_REQUESTS, *JOB_SUBJECTS, "generator", *(watch.name for watch in self.watch)]
        for call in self.api.before:
            if call.name in taken:
                raise ValueError(f"api.before {call.name!r}: the name is taken; conditions could not tell what it means")
            taken.append(call.name)
        for extra in self.extra:
            if extra.name in taken:
                raise ValueError(f"extra {extra.name!r}: the name is taken; conditions could not tell what it means")
            taken.append(extra.name)
        return self

    @model_validator(mode="after")
    def _batch_has_a_size(self) -> "Profile":
        counted = [tenant.name for tenant in self.tenant if tenant.jobs is not None]
        if not isinstance(self.load, BatchLoad):
            if counted:
                raise ValueError(f'tenant {counted[0]!r}: jobs belongs to load.shape = "batch"; elsewhere say weight')
            return self
        if self.lost_worker == "continue":
            raise ValueError('lost_worker = "continue": nobody takes over a lost worker\'s share of a batch; allowed: "end"')
        if counted and len(counted) < len(self.tenant):
            raise ValueError(f"tenant {counted[0]!r} says its jobs, so every other must, too")
        if bool(counted) == (self.load.jobs is not None):
            raise ValueError("a batch needs its number of jobs: say either load.jobs, or jobs for every tenant")
        if any("weight" in tenant.model_fields_set for tenant in self.tenant if tenant.jobs is not None):
            raise ValueError("a tenant has either jobs or a weight")
        for stop in self.stop:
            if stop.rule and RULES[stop.rule].compares_steps:
                allowed = ", ".join(rule for rule, traits in RULES.items() if not traits.compares_steps)
                raise ValueError(f'rule {stop.rule!r} compares loads, and load.shape = "batch" has one; allowed: {allowed}')
        for key in OF_ARRIVALS:
            if key in self.clients.model_fields_set:
                allowed = ", ".join(name for name in Clients.model_fields if name not in OF_ARRIVALS)
                raise ValueError(
                    f'clients.{key} means nothing with load.shape = "batch", whose clients submit the next job as soon as '
                    f"the last one was answered; allowed: {allowed}"
                )
        return self

    @model_validator(mode="after")
    def _search_goes_on(self) -> "Profile":
        for position, stop in enumerate(self.stop, 1):
            ends = stop.rule and RULES[stop.rule].fires_beyond_capacity and stop.then != "note"
            if isinstance(self.load, CapacityLoad) and ends:
                allowed = ", ".join(rule for rule, traits in RULES.items() if not traits.fires_beyond_capacity)
                raise ValueError(
                    f"stop {position}: rule {stop.rule!r} would end a capacity search, which goes beyond capacity on purpose; "
                    f'allowed: {allowed}, or then = "note"'
                )
        return self

    @model_validator(mode="after")
    def _actions_come_due(self) -> "Profile":
        load = self.load
        planned = (load.ramp + load.hold) if isinstance(load, HoldLoad) else sum(s.ramp + s.hold for s in load.stages())
        for position, action in enumerate(self.action, 1):
            if not isinstance(action.at, str) and planned and action.at >= planned:  # 0: a search, as long as it takes
                raise ValueError(
                    f"action {position}.at = {duration_text(action.at)!r}: the load lasts {duration_text(planned)}; "
                    'allowed: less, or "after"'
                )
        return self

    @model_validator(mode="after")
    def _conditions_parse(self) -> "Profile":
        for position, stop in enumerate(self.stop, 1):
            if stop.when is not None:
                condition = self._parse(f"stop {position}", stop.when)
                if condition.taken == "per_job":
                    raise ValueError(
                        f"stop {position}: what a job leaves behind is known at the end alone; judge it with a [[limit]]"
                    )
                if condition.metric == "makespan":
                    raise ValueError(f"stop {position}: a makespan is known at the end alone; judge it with a [[limit]]")
                check_window(f"stop {position}", stop, condition)
        for position, limit in enumerate(self.limit, 1):
            condition = self._parse(f"limit {position}", limit.that)
            if condition.taken == "per_job" and not self.load.idle:
                raise ValueError(f'limit {position}: {limit.that!r} needs the idle level: say load.idle, as in idle = "10s"')
            if condition.metric == "makespan" and self.batch is None:
                raise ValueError(f'limit {position}: only load.shape = "batch" has a makespan')
        return self

    @model_validator(mode="after")
    def _nothing_is_said_twice(self) -> "Profile":
        stops = [(stop.rule or stop.model_dump_json(), stop.label) for stop in self.stop]
        limits = [(replace(self.condition(limit.that), text=""), limit.that) for limit in self.limit]
        for table, said in (("stop", stops), ("limit", limits)):
            first: dict[object, int] = {}
            for position, (meaning, label) in enumerate(said, 1):
                if first.setdefault(meaning, position) < position:
                    raise ValueError(f"{table} {position}: {label!r} is {table} {first[meaning]} already; say it once")
        return self

    def _parse(self, place: str, text: str) -> Condition:
        try:
            condition = parse_condition(text, self.names)
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from None
        missing = [name for name in TIMES_OF.get(condition.subject, ()) if not self.api.times.tells(name)]
        if missing:
            keys = " and ".join(f"api.times.{name}" for name in missing)
            raise ValueError(f"{place}: {text!r} needs the target's own timestamps: say {keys}")
        return condition

    @property
    def endpoints(self) -> dict[str, str]:
        """The endpoints whose requests are recorded, as METHOD /path by name: in the order of a job's life, then the extras."""
        return self.api.endpoints | {extra.name: extra.request for extra in self.extra}

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of job that this test submits (those of weight 0 are left out)."""
        return tuple(job.kind for job in self.job if job.weight)

    @property
    def names(self) -> Names:
        """What this profile's conditions may speak of."""
        return Names(
            endpoints=self.endpoints,
            kinds=[job.kind for job in self.job],
            tenants=[tenant.name for tenant in self.tenant],
            hosts=[watch.name for watch in self.watch if watch.is_host],
            processes=[watch.name for watch in self.watch if watch.is_process],
            probes={watch.name: tuple(watch.metrics) for watch in self.watch if watch.metrics},
        )

    def condition(self, text: str) -> Condition:
        """Parse one of this profile's `when` or `that`."""
        return parse_condition(text, self.names)

    @property
    def batch(self) -> int | None:
        """How many jobs the batch has; None in the other shapes of load."""
        if not isinstance(self.load, BatchLoad):
            return None
        return self.load.jobs or sum(tenant.jobs or 0 for tenant in self.tenant)

    def offered_rate(self, clients: int) -> float:
        """Jobs per second that so many clients submit in open mode (in the other modes: at the most). NaN in a batch,
        which is submitted as fast as it is accepted."""
        return clients / self.clients.submit_every if self.batch is None else float("nan")
