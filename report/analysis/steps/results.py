"""What each step of the load carried, whether the service sustained it, and the capacity that follows.

SUSTAINED: once the hold had settled, jobs in flight did not grow beyond what chance explains (`report.stats.steady_state`),
no more jobs or requests of an endpoint failed and no more jobs never ended than the profile's errors rule tolerates, and no stop
rule fired; failures that are as frequent at less load are no evidence (`report.analysis.steps.failures`). UNSUSTAINED: one of
these is known to be otherwise. INCONCLUSIVE: the step can't tell. INVALID: the load generators spoiled it, so that it says
nothing of the service. Capacity by the plain rule: the last sustained step in an unbroken series from the first.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from profiles import Profile
from report.analysis.generators import Health
from report.analysis.holds import Hold, column, completions, job_ends
from report.analysis.job_times.response_times import Completion
from report.analysis.mapping_faults import MappingFault
from report.analysis.resources import target_host
from report.measure import job_error_share
from report.recording.events import RuleState
from report.recording.run import Run
from report.recording.steps import Step, read_steps
from report.rules.registry import seen_in
from report.stats.intervals import Interval, rate_interval
from report.stats.quantiles import Array, carries, in_flight, quantile
from report.stats.stalls import Stall, find_stalls
from report.stats.steady_state import SURE_SIGMAS, Growth, growth_between, settled_after

from .failures import judged_by_growth
from .result import Fired, StepResult
from .verdict import failures_in, never_ended, too_many, verdict_of

ERRORS_TOLERATED = 0.01
"""The share of failures that is tolerated where the profile has no errors rule."""


def results_of_steps(
    run: Run,
    holds: Sequence[Hold],
    completion: Completion,
    spoiled: Mapping[int, tuple[Health, ...]],
    unasked: Sequence[MappingFault] = (),
) -> tuple[StepResult, ...]:
    """The result of each step, in order; steps that were only ramped to are included. `spoiled`: the load
    generators at fault, by the number of the step that they make invalid. `unasked`: endpoints that were asked wrongly, which
    makes every step invalid that lasts beyond that moment."""
    steps = read_steps(run.events, run.end)
    by_number = {hold.step.number: hold for hold in holds}
    fired = read_fired(run)
    flow = _Flow(run, completion)
    results: list[StepResult] = []
    for step in steps:
        hold = by_number.get(step.number)
        first_of_step = next((f for f in fired if f.step == step.number and f.stops), None)
        result = _held(flow, hold, first_of_step, results) if hold else _never_held(flow, step, first_of_step)
        over = step.hold_end if step.hold_end is not None else run.end
        wrong, foreign = spoiled.get(step.number, ()), tuple(fault for fault in unasked if fault.since < over)
        results.append(replace(result, spoiled=wrong, unasked=foreign, verdict="INVALID") if wrong or foreign else result)
    return judged_by_growth(results, flow.cut_short)


def read_fired(run: Run) -> tuple[Fired, ...]:
    """The stop rules that fired, in order."""
    return tuple(
        Fired(event.rule, float(event.at), event.step, event.clients, seen_in(event), stops=event.then != "note")
        for event in run.events
        if isinstance(event, RuleState) and event.state == "fired"
    )


def tolerated_errors(profile: Profile) -> float:
    """The share of failures that the profile's errors rule tolerates."""
    return next((stop.tolerate for stop in profile.stop if stop.rule == "errors"), ERRORS_TOLERATED)


class _Flow:
    """What every step is judged by: when jobs arrived, ended and completed (sorted, in seconds), and the profile."""

    def __init__(self, run: Run, completion: Completion) -> None:
        self.completion = completion
        self.profile = run.profile
        self.cut_short = run.status not in ("finished", "stopped")
        self.arrived = column(run.jobs, "due")
        self.ended = np.sort(job_ends(run.jobs))
        self.completed = completions(run.jobs)

    def in_flight(self, t: float) -> int:
        return int(in_flight(self.arrived, self.ended, t))

    def completions_in(self, hold: Hold) -> Array:
        """Jobs completed in each whole second of a hold."""
        seconds = hold.start + np.arange(int(hold.seconds) + 1)
        return np.diff(np.searchsorted(self.completed, seconds)).astype(np.float64)


def _held(flow: _Flow, hold: Hold, fired: Fired | None, before: Sequence[StepResult]) -> StepResult:
    """A step that was held: what was measured, and the verdict on that."""
    measured = _measured(flow, hold)
    growth = growth_between(flow.arrived, flow.ended, hold.start + measured.settled, hold.end)
    tolerated = tolerated_errors(flow.profile)
    failures = failures_in(hold, tolerated)
    errors, doubted = too_many(failures)
    unfinished = never_ended(hold, tolerated)
    verdict = verdict_of(hold.step, growth, errors, doubted, unfinished, fired is not None, flow.cut_short)
    return replace(
        measured,
        growth=growth,
        carried_over=_carried_over(measured.in_flight_start, hold, before),
        failures=failures,
        errors=errors,
        doubted=doubted,
        unfinished=unfinished,
        fired=fired,
        verdict="batch" if flow.profile.batch is not None else verdict,
    )


def _measured(flow: _Flow, hold: Hold) -> StepResult:
    """What was measured in a hold, not yet judged."""
    durations = column(hold.requests, "seconds")
    settled = float(settled_after(flow.completions_in(hold), flow.profile.method.settle))
    throughput = rate_interval(flow.completed, hold.start + settled, hold.end)
    return replace(
        _never_held(flow, hold.step, None),
        submitted=int((hold.requests["endpoint"] == "submit").sum()) / hold.seconds,
        completed=throughput.value,
        throughput=throughput,
        request_rate=rate_interval(column(hold.requests, "sent"), hold.start, hold.end).about(len(durations) / hold.seconds),
        requests=len(durations),
        median=_carried_quantile(durations, 0.5),
        p95=_carried_quantile(durations, 0.95),
        job_time=flow.completion.quantiles(hold.jobs, (0.5,))[0.5] or math.nan,
        request_failures=1 - float(hold.requests["ok"].mean()) if len(durations) else math.nan,
        job_failures=job_error_share(hold.jobs["outcome"].to_numpy()),
        load_averages=_load_averages(flow.profile, hold),
        in_flight_start=flow.in_flight(hold.start),
        in_flight_end=flow.in_flight(hold.end),
        settled=settled,
        stalls=_stalls(hold),
    )


def _never_held(flow: _Flow, step: Step, fired: Fired | None) -> StepResult:
    """A step that was only ramped to, if that: nothing was measured."""
    return StepResult(
        stage=step,
        offered=flow.profile.offered_rate(step.clients),
        submitted=math.nan,
        completed=math.nan,
        throughput=Interval(math.nan, math.nan, math.nan),
        request_rate=Interval(math.nan, math.nan, math.nan),
        requests=0,
        median=math.nan,
        p95=math.nan,
        job_time=math.nan,
        request_failures=math.nan,
        job_failures=math.nan,
        load_averages=(math.nan, math.nan, math.nan),
        in_flight_start=0,
        in_flight_end=0,
        settled=0.0,
        growth=None,
        carried_over=0,
        stalls=(),
        failures=(),
        errors=(),
        doubted=(),
        constant=(),
        unfinished=None,
        fired=fired,
        spoiled=(),
        unasked=(),
        verdict="UNSUSTAINED" if fired else "INCONCLUSIVE",
    )


def _carried_over(start: int, hold: Hold, before: Sequence[StepResult]) -> int:
    """Jobs in flight at the start beyond what the first step explains; 0 if chance may explain them as well.

    By Little's law a step needs as many in flight as the first step had, times the ratio of their clients.
    """
    first = next((result for result in before if result.growth), None)
    if first is None:
        return 0
    excess = start - first.in_flight_end * hold.step.clients / first.clients
    arrivals = len(hold.jobs)
    chance = Growth(0.0, arrivals, hold.seconds, 0.0, 0.0).explained(SURE_SIGMAS)
    return round(excess) if excess > chance else 0


def _stalls(hold: Hold) -> tuple[Stall, ...]:
    replied = column(hold.requests, "sent") + column(hold.requests, "seconds")
    return tuple(find_stalls(column(hold.requests, "due"), replied, hold.start, hold.end))


def _load_averages(profile: Profile, hold: Hold) -> tuple[float, float, float]:
    rows = hold.samples[hold.samples["source"] == target_host(profile)]
    last = rows.groupby("metric", observed=True)["value"].last()
    return tuple(float(last.get(name, math.nan)) for name in ("load1", "load5", "load15"))  # type: ignore[return-value]


def _carried_quantile(values: np.ndarray[Any, np.dtype[np.float64]], p: float) -> float:
    return quantile(values, p) if carries(len(values), p) else math.nan
