"""Everything that is computed from a run: numbers, not rounded, and no sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

from report.analysis.steps.capacity import capacity_of
from report.analysis.steps.result import Capacity, Fired, StepResult
from report.analysis.steps.results import read_fired, results_of_steps
from report.analysis.steps.saturation import Saturated, saturation_of
from report.recording.actions import Done, actions_of
from report.recording.run import Run
from report.stats.job_times.polled_states import Phases

from .batch import Batch, batch_of
from .generators import Health, health_of, spoiled
from .holds import Hold, cut_holds
from .job_times.held_polls import with_held_polls
from .job_times.polled_phases import Untold, polled_phases_of
from .job_times.response_times import Completion, completion_of
from .latency import Latency, latency_of
from .leaks import Leaks, leaks_of
from .limits import JudgedLimit, judge_limits
from .mapping_faults import MappingFault, mapping_faults
from .operating_points import OperatingPoints, operating_points_of
from .outcomes import Cause, Mix, Outcomes, causes_of, mix_of, outcomes_of
from .recovery import Event, Recovered, recoveries_of
from .resources import AtRest, Usage, at_rest, usage_of
from .tenants import Tenants, tenants_of
from .unloaded import Baseline, baseline_of


@dataclass(frozen=True)
class Analysis:
    """What was computed from one run.

    `steady`: the steps that were sustained and began without a backlog, which latency and limits are pooled over. `phases`:
    waiting and processing times as polls saw them, or why they don't tell; None where the service's own timestamps do.
    """

    run: Run
    holds: tuple[Hold, ...]
    steps: tuple[StepResult, ...]
    capacity: Capacity
    saturated: Saturated | None
    operating_points: OperatingPoints | None
    steady: tuple[StepResult, ...]
    fired: tuple[Fired, ...]
    batch: Batch | None
    completion: Completion
    latency: Latency | None
    phases: Phases | Untold | None
    baseline: Baseline | None
    tenants: Tenants | None
    outcomes: Outcomes
    causes: tuple[Cause, ...]
    mix: Mix
    usage: tuple[Usage, ...]
    at_rest: tuple[AtRest, ...]
    health: tuple[Health, ...]
    mapping_faults: tuple[MappingFault, ...]
    limits: tuple[JudgedLimit, ...]
    leaks: Leaks | None
    recoveries: tuple[Recovered, ...]
    actions: tuple[Done, ...]


def analyse(run: Run) -> Analysis:
    """Compute all of it."""
    run, held = with_held_polls(run)
    holds = cut_holds(run)
    unasked = mapping_faults(run)
    completion = completion_of(run, held)
    health = health_of(run, holds, completion)
    steps = results_of_steps(run, holds, completion, spoiled(health), unasked)
    capacity = capacity_of(steps)
    found = saturation_of(run, steps)
    steady = tuple(step for step in steps if step.sustained and not step.carried_over)
    kept = _holds_of(holds, steady)
    sound = _holds_of(holds, [step for step in steps if not step.spoiled])
    actions, usage = actions_of(run.events), usage_of(holds)
    latency = latency_of(kept, completion, True) or latency_of(sound or holds, completion, False)
    return Analysis(
        run=run,
        holds=holds,
        steps=steps,
        capacity=capacity,
        saturated=found,
        operating_points=operating_points_of(run.profile, holds, steps, capacity, found, completion),
        steady=steady,
        fired=read_fired(run),
        batch=batch_of(run, completion),
        completion=completion,
        latency=latency,
        phases=polled_phases_of(run, holds, latency, completion),
        baseline=baseline_of(run, holds, steps, capacity, completion),
        tenants=tenants_of(run, holds, completion),
        outcomes=outcomes_of(run),
        causes=causes_of(run),
        mix=mix_of(run, holds),
        usage=usage,
        at_rest=at_rest(holds[0].idle if holds else None, usage),
        health=health,
        mapping_faults=unasked,
        limits=judge_limits(run.profile, kept if run.profile.load.seeks_limits else sound or holds, completion),
        leaks=leaks_of(run, holds),
        recoveries=recoveries_of(run, holds, completion, [Event(done.start, f"action {done.name}") for done in actions]),
        actions=actions,
    )


def _holds_of(holds: Sequence[Hold], steps: Sequence[StepResult]) -> list[Hold]:
    numbers = {step.number for step in steps}
    return [hold for hold in holds if hold.step.number in numbers]
