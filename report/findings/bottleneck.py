"""What set the limit: the load generator, errors, or inside the service its queue or its processing."""

from collections.abc import Iterator

import numpy as np

from report.analysis.holds import column
from report.analysis.resources import hosts_in
from report.analysis.run import Analysis
from report.analysis.steps.result import StepResult
from report.analysis.steps.verdict import TooMany
from report.document.finding import Finding
from report.measure import server_times
from report.stats.bottleneck import Lost, Parts, lost_between
from report.stats.intervals import Interval
from report.text import between, count_of, likely_share, number, seconds, share
from report.validity.generators import faults_text, remedy_for

from .evidence import in_steps, intervals
from .what_broke import failing

BUSY_CPU = 0.85
"""A host whose processors are busier than this has none left."""


def generator(analysis: Analysis) -> Iterator[Finding]:
    """Steps in which the load generators themselves were at their limit."""
    wrong = [step for step in analysis.steps if step.spoiled]
    if not wrong:
        return
    first = wrong[0]
    how = "; ".join(map(faults_text, first.spoiled[:2])) + ("; …" if first.spoiled[2:] else "")
    yield Finding(
        level="bad",
        subject="The load generators spoiled steps",
        sentence=(
            f"{count_of(len(wrong), 'step')} of {len(analysis.steps)} can't be used, first step {first.number} "
            f"({count_of(first.clients, 'client')}), for what the test itself did, not the service: {how}."
        ),
        numbers={"steps": len(wrong), "clients": first.clients},
        source=in_steps(analysis, wrong, "resources", "overview"),
        remedy=remedy_for(analysis, [one for step in wrong for one in step.spoiled]),
    )


def bottleneck(analysis: Analysis) -> Iterator[Finding]:
    """Where jobs lost their time in the step that broke, compared with the first sustained step that had jobs enough to tell."""
    broke = analysis.capacity.breaking
    if broke is None:
        return
    if broke.worst and not (broke.growth and broke.growth.verdict == "UNSUSTAINED"):
        yield _error_bound(analysis, broke, broke.worst)
        return
    now = _server_parts(analysis, broke)
    for calm in analysis.steady:
        before = _server_parts(analysis, calm)
        lost = lost_between(before, now) if calm is not broke else None
        if lost is None:
            continue
        if lost.where != "nowhere":
            yield _time_bound(analysis, broke, calm, lost, (before, now))
        return


def _error_bound(analysis: Analysis, step: StepResult, worst: TooMany) -> Finding:
    return Finding(
        level="warning",
        subject="Bottleneck",
        sentence=(
            f"Errors, not speed, set the limit: in step {step.number}, {share(worst.measured)} of {failing(worst.what)} "
            "failed while no backlog built up."
        ),
        numbers={"failed": worst.measured},
        intervals=intervals(failed=worst.interval),
        evidence=f"{worst.bad:,} of {worst.of:,}: {likely_share(worst.interval.low, worst.interval.high)}.",
        source=in_steps(analysis, [step], "overview", "throughput"),
        remedy="See the errors by cause; mend them before looking for the capacity.",
    )


def _time_bound(analysis: Analysis, broke: StepResult, calm: StepResult, lost: Lost, parts: tuple[Parts, Parts]) -> Finding:
    cpu = _host_cpu(analysis, broke)
    used = f" The processors of the watched machine were busy to {share(cpu)}." if cpu is not None else ""
    (queue_before, processing_before), (queue, processing) = ([float(times.mean()) for times in part] for part in parts)
    took = f"({seconds(processing)}; in step {calm.number}: {seconds(processing_before)})"
    said, remedy = _kind_of_limit(lost, took, busy=cpu is not None and cpu > BUSY_CPU)
    return Finding(
        level="note" if lost.where == "unclear" else "warning",
        subject="Bottleneck",
        sentence=(
            f"In step {broke.number} jobs waited {seconds(queue)} on average (in step {calm.number}: "
            f"{seconds(queue_before)}), and {said}.{used}"
        ),
        numbers={
            "queue_s": queue,
            "processing_s": processing,
            "queue_before_s": queue_before,
            "processing_before_s": processing_before,
            "queue_to_before": lost.queue.value,
            "processing_to_before": lost.processing.value,
            "cpu": cpu,
        },
        intervals=intervals(queue_to_before=lost.queue, processing_to_before=lost.processing),
        evidence=(
            f"By the service's own timestamps, {count_of(calm.clients, 'client')} against {broke.clients:,}. Jobs waited "
            f"{_times(lost.queue, lost.barely_waited)} and ran {_times(lost.processing)}."
        ),
        source=in_steps(analysis, (calm, broke), "in_flight", "watched", "resources"),
        remedy=remedy,
    )


def _kind_of_limit(lost: Lost, took: str, busy: bool) -> tuple[str, str]:
    """What set the limit and what to do about it, in words. `took`: times of processing; `busy`: the processors were."""
    if lost.where == "processing":
        what = "its processors" if busy else "a lock, a database or another service"
        longer = f"processing itself took {number(lost.processing.value)} times as long {took}"
        return f"{longer}, so jobs compete for something while they run", f"Look for what running jobs share: {what}."
    if lost.where == "unclear":
        return f"whether processing took longer, too, can't be told {took}", "Hold the steps longer: more jobs make it surer."
    slower = "hardly longer" if lost.processing.low > 1 else "no longer"
    remedy = "Its processors are used up: make a job cheaper, or add machines." if busy else "Run more workers."
    return f"processing took {slower} {took}, so all workers were busy and jobs waited for one", remedy


def _times(ratio: Interval, at_least: bool = False) -> str:
    least = "at least " if at_least else ""
    return f"{least}{number(ratio.value)} times as long (95 % interval {between(ratio.low, ratio.high, 'number')})"


def _server_parts(analysis: Analysis, step: StepResult) -> Parts:
    """Queue and processing times in a step, by the service's timestamps, of the jobs that have them."""
    hold = next((hold for hold in analysis.holds if hold.step.number == step.number), None)
    if hold is None:
        return Parts(np.empty(0), np.empty(0))
    times = {name: column(hold.jobs, name) for name in ("created", "started", "finished")}
    queue, processing = (server_times(times, part) for part in ("queue", "processing"))
    known = ~np.isnan(queue) & ~np.isnan(processing)
    return Parts(queue[known], processing[known])


def _host_cpu(analysis: Analysis, step: StepResult) -> float | None:
    """The mean share of its processors that the busiest watched host used; None if no host was watched."""
    hosts = hosts_in(analysis.usage)
    used = [u.mean for u in analysis.usage if u.metric == "cpu" and u.source in hosts and u.step == step.number]
    return max(used, default=None)
