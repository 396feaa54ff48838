"""What set the limit: the load generator, errors, or inside the service its queue or its processing."""

from collections.abc import Iterator

import numpy as np

from .analysis import Analysis
from .breaking import failing
from .document import Finding
from .evidence import in_steps
from .holds import column
from .ladder import StepResult
from .measure import server_times
from .text import count_of, seconds, share

BUSY_CPU = 0.85
"""A host whose processors are busier than this has none left."""
LONGER = 1.25
"""Processing that takes so many times as long as under the lowest load has got slower."""
LEAST = 20
"""Jobs with timestamps, below which a step's times tell nothing."""


def generator(analysis: Analysis) -> Iterator[Finding]:
    """Steps in which the load generators themselves were at their limit."""
    wrong = [step for step in analysis.steps if step.spoiled]
    if not wrong:
        return
    first = wrong[0]
    how = "; ".join(first.spoiled[:2]) + ("; …" if first.spoiled[2:] else "")
    yield Finding(
        level="bad",
        subject="The load generators spoiled steps",
        sentence=(
            f"{count_of(len(wrong), 'step')} of {len(analysis.steps)} can't be used, first step {first.step.number} "
            f"({count_of(first.clients, 'client')}), for what the test itself did, not the service: {how}."
        ),
        numbers={"steps": len(wrong), "clients": first.clients},
        source=in_steps(analysis, wrong, "resources", "overview"),
        remedy="Use more workers (one a core), or a machine of their own for them, and run this step again.",
    )


def bottleneck(analysis: Analysis) -> Iterator[Finding]:
    """Where jobs lost their time in the step that broke, compared with the first step that was sustained."""
    broke, calm = analysis.capacity.breaking, next(iter(analysis.steady), None)
    if broke is None:
        return
    if broke.errors and not (broke.growth and broke.growth.verdict == "UNSUSTAINED"):
        yield _error_bound(analysis, broke)
        return
    if calm is None or calm is broke:
        return
    before, now = (_server_means(analysis, step) for step in (calm, broke))
    if before is None or now is None:
        return
    yield _time_bound(analysis, broke, calm, before, now)


def _error_bound(analysis: Analysis, step: StepResult) -> Finding:
    worst = max(step.errors, key=lambda error: error.measured)
    return Finding(
        level="warning",
        subject="Bottleneck",
        sentence=(
            f"Errors, not speed, set the limit: in step {step.step.number}, {share(worst.measured)} of {failing(worst.what)} "
            "failed while no backlog built up."
        ),
        numbers={"failed": worst.measured},
        source=in_steps(analysis, [step], "overview", "throughput"),
        remedy="See the errors by cause; mend them before looking for the capacity.",
    )


def _time_bound(
    analysis: Analysis, broke: StepResult, calm: StepResult, before: tuple[float, float], now: tuple[float, float]
) -> Finding:
    cpu = _host_cpu(analysis, broke)
    slower = now[1] > LONGER * before[1]
    busy = cpu is not None and cpu > BUSY_CPU
    if slower:
        said = f"processing itself took {now[1] / before[1]:.1f} times as long"
        why = "so jobs compete for something while they run"
        what = "its processors" if busy else "a lock, a database or another service"
        remedy = f"Look for what running jobs share: {what}."
    else:
        said = "processing took no longer"
        why = "so all workers were busy and jobs waited for one"
        remedy = "Run more workers." if not busy else "Its processors are used up: make a job cheaper, or add machines."
    used = f" The processors of the watched machine were busy to {share(cpu)}." if cpu is not None else ""
    return Finding(
        level="warning",
        subject="Bottleneck",
        sentence=(
            f"In step {broke.step.number} jobs waited {seconds(now[0])} on average ({seconds(before[0])} in step "
            f"{calm.step.number}) and {said} ({seconds(now[1])}, {seconds(before[1])}), {why}.{used}"
        ),
        numbers={
            "queue_s": now[0],
            "processing_s": now[1],
            "queue_before_s": before[0],
            "processing_before_s": before[1],
            "cpu": cpu,
        },
        evidence=f"By the service's own timestamps, {count_of(calm.clients, 'client')} against {broke.clients:,}.",
        source=in_steps(analysis, (calm, broke), "in_flight", "resources"),
        remedy=remedy,
    )


def _server_means(analysis: Analysis, step: StepResult) -> tuple[float, float] | None:
    """Mean queue and processing time in a step, by the service's timestamps; None where too few are told."""
    hold = next((hold for hold in analysis.holds if hold.step.number == step.step.number), None)
    if hold is None:
        return None
    times = {name: column(hold.jobs, name) for name in ("created", "started", "finished")}
    queue, processing = (server_times(times, part) for part in ("queue", "processing"))
    known = ~np.isnan(queue) & ~np.isnan(processing)
    if int(known.sum()) < LEAST:
        return None
    return float(queue[known].mean()), float(processing[known].mean())


def _host_cpu(analysis: Analysis, step: StepResult) -> float | None:
    """The mean share of its processors that the busiest watched host used; None if no host was watched."""
    hosts = {u.source for u in analysis.usage if u.metric == "load1"}
    used = [u.mean for u in analysis.usage if u.metric == "cpu" and u.source in hosts and u.step == step.step.number]
    return max(used, default=None)
