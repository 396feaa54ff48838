"""The three loads that a test with rising load looks for: optimal, the most within the profile's limits, breaking point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from profiles import Profile
from report.analysis.steps.result import Capacity, StepResult
from report.analysis.steps.saturation import Saturated
from report.stats.intervals import Interval

from .holds import Hold
from .job_times.response_times import Completion
from .limits import JudgedLimit, Judgement, judge_limits

COMFORTABLE = 0.7
"""The share of its capacity up to which a service is comfortable: beyond it queues grow steeply."""


@dataclass(frozen=True)
class Within:
    """The most load under which every limit was met. `lower`: the highest sustained step that met them all; `upper`: the lowest
    step above which none counts, since it missed a limit that more load only makes worse, or was not sustained.

    `missed`: the limits, as written, of which that is so. `never`: least values that no sustained step reached. `met`: all
    steps that met every limit, sustained or not. `left_out`: limits that no single step carries. `refused`: why nothing is
    said; empty where something is.
    """

    lower: StepResult | None = None
    upper: StepResult | None = None
    missed: tuple[str, ...] = ()
    met: tuple[StepResult, ...] = ()
    left_out: tuple[str, ...] = ()
    refused: Literal["", "no limit", "not carried"] = ""
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class Optimal:
    """A load with headroom: jobs per second with their 95 % interval (NaN where there is none), and the clients that make it.

    `of`: what it is 70 % of; "limits": it is the most load that met them, less than those 70 %.
    """

    rate: Interval
    clients: int
    of: Literal["capacity", "sustained throughput", "limits"]


@dataclass(frozen=True)
class OperatingPoints:
    """The three loads. `optimal` is None where nothing shows how much headroom there is, or where no load met the limits;
    `breaking` where nothing broke."""

    optimal: Optimal | None
    within: Within
    breaking: StepResult | None


def operating_points_of(
    profile: Profile,
    holds: Sequence[Hold],
    steps: Sequence[StepResult],
    capacity: Capacity,
    found: Saturated | None,
    completion: Completion,
) -> OperatingPoints | None:
    """The three loads; None where the load was not made to find them."""
    if not profile.load.seeks_limits:
        return None
    ladder = sorted((step for step in steps if step.growth and not step.spoiled), key=lambda step: step.clients)
    clean = {step.number for step in ladder if not step.carried_over}
    judged = {hold.step.number: judge_limits(profile, [hold], completion) for hold in holds if hold.step.number in clean}
    within = within_limits(profile, ladder, judged)
    return OperatingPoints(_optimal(profile, capacity, found, within), within, capacity.breaking)


def within_limits(profile: Profile, ladder: Sequence[StepResult], judged: Mapping[int, Sequence[JudgedLimit]]) -> Within:
    """What the steps (by rising load) and the limits judged in each of them (by its number) say.

    A step that is not in `judged` meets nothing and misses nothing. A limit from below, such as a least rate, is missed at low
    load because little was asked, so that it ends nothing.
    """
    if not profile.limit:
        return Within(refused="no limit")
    known = {limit.text for limits in judged.values() for limit in limits if limit.judgement != "not measured"}
    left_out = tuple(limit.that for limit in profile.limit if limit.that not in known)
    if not known:
        return Within(left_out=left_out, refused="not carried")
    ceilings = {text for text in known if profile.condition(text).op.startswith("<")}
    missed = {number: _texts(limits, "fail") for number, limits in judged.items()}
    sustained = [missed[step.number] for step in ladder if step.sustained and step.number in missed]
    floors = known - ceilings
    never = tuple(text for text in (sustained or [()])[0] if text in floors and all(text in one for one in sustained))
    met = tuple(step for step in ladder if known <= {*_texts(judged.get(step.number, ()), "pass", "warn")})
    upper = next((step for step in ladder if step.failed or ceilings & {*missed.get(step.number, ())}), None)
    below = (step for step in reversed(met) if step.sustained and (upper is None or step.clients < upper.clients))
    because = tuple(text for text in missed.get(upper.number, ()) if text in ceilings) if upper else ()
    return Within(next(below, None), upper, because, met, left_out, never=never)


def _texts(limits: Sequence[JudgedLimit], *judgements: Judgement) -> tuple[str, ...]:
    return tuple(limit.text for limit in limits if limit.judgement in judgements)


def _optimal(profile: Profile, capacity: Capacity, found: Saturated | None, within: Within) -> Optimal | None:
    comfortable = _comfortable(profile, capacity, found)
    too_much = within.upper if within.missed else None
    if too_much is None or (comfortable and comfortable.clients < too_much.clients):
        return comfortable
    return Optimal(within.lower.throughput, within.lower.clients, "limits") if within.lower else None


def _comfortable(profile: Profile, capacity: Capacity, found: Saturated | None) -> Optimal | None:
    """70 % of the capacity by the fit; of the last sustained step, if a higher one broke and there is no plateau, or if it broke
    below those 70 %: jobs that fail are completed, too, so throughput may go on growing where a service has long been failing."""
    is_open, carried, breaking = profile.clients.mode == "open", capacity.carried, capacity.breaking
    if carried is None:
        return None
    if found is not None and found.bend is not None:
        seen, (most, knee) = found.seen, found.bend
        clients = most * profile.clients.submit_every if is_open else knee
        if breaking is None or breaking.clients > COMFORTABLE * clients:
            return Optimal(Interval(most, seen.low, seen.high).times(COMFORTABLE), int(COMFORTABLE * clients), "capacity")
    if breaking is None:
        return None
    clients = carried.completed * profile.clients.submit_every if is_open else carried.clients
    return Optimal(carried.throughput.times(COMFORTABLE), int(COMFORTABLE * clients), "sustained throughput")
