"""Checks of the load: did the generators keep to the schedule, and does the run carry enough for its claims?"""

import math
from collections.abc import Iterator

from report.analysis.holds import column
from report.analysis.run import Analysis
from report.recording.events import Clock, HeldBack
from report.recording.run import Run
from report.stats.generator_health import LATE, LATE_SHARE
from report.stats.quantiles import carries
from report.text import count_of, listed, seconds, share

from .check import Check

CLOCK_ERROR = 0.005
"""Seconds by which the clocks of the workers may differ: more shows in times of a few milliseconds."""
MIN_REQUESTS = 200
"""Requests that a p95 takes."""
MIN_MISSED = 10
"""Arrivals held back in one step; fewer say nothing about that step."""
RESOLUTION = 0.2
"""Where a backlog that grows by this share of the arrivals could pass for chance, the step was too short to rely on."""


def arrivals_of(run: Run) -> tuple[int, int, int]:
    """(arrivals, held back, late): held back by max_in_flight; late: sent more than 0.1 s after they were due."""
    submits = run.requests[run.requests["endpoint"] == "submit"]
    late = int((column(submits, "sent") - column(submits, "due") > LATE).sum())
    told = sum(worker.held_back for worker in run.info.workers)
    noted = _held_back_until(run, math.inf)
    held = max(told, noted)
    return max(sum(worker.arrivals for worker in run.info.workers), len(submits) + held), held, late


def arrivals(analysis: Analysis) -> Iterator[Check]:
    arrivals, held, late = arrivals_of(analysis.run)
    if not arrivals:
        return
    missed = (held + late) / arrivals
    numbers = {"arrivals": arrivals, "held_back": held, "late": late, "share": missed}
    said = (
        f"Of {count_of(arrivals, 'arrival')} {held:,} were held back by max_in_flight and {late:,} were sent more than "
        f"{seconds(LATE)} late: {share(missed)}"
    )
    allowed = analysis.run.profile.method.generator_late
    if missed > allowed:
        remedy = "Give the generator more workers or cores, or raise clients.max_in_flight, then run again."
        yield Check("Arrivals", "invalid", f"{said}, where {share(allowed)} is allowed.", numbers, remedy)
    else:
        yield Check("Arrivals", "ok", f"{said}, within the {share(allowed)} that is allowed.", numbers)
        yield from _arrivals_of_steps(analysis)


def _arrivals_of_steps(analysis: Analysis) -> Iterator[Check]:
    """In a long run a step in which many were held back disappears among all arrivals, though a result rests on it."""
    for step in (analysis.capacity.carried, analysis.capacity.breaking):
        if step is None or step.hold is None:
            continue
        start, end = step.hold
        submits = analysis.run.requests[analysis.run.requests["endpoint"] == "submit"]
        due = column(submits, "due")
        held = _held_back_until(analysis.run, end) - _held_back_until(analysis.run, start)
        arrivals = int(((start <= due) & (due < end)).sum()) + held
        if held < MIN_MISSED or held / arrivals <= LATE_SHARE:
            continue
        numbers = {"arrivals": arrivals, "held_back": held, "share": held / arrivals}
        said = (
            f"Of {count_of(arrivals, 'arrival')} of step {step.number} {held:,} were held back by max_in_flight: "
            f"{share(held / arrivals)}, where {share(LATE_SHARE)} is allowed. So the load of this step was not what it says."
        )
        remedy = "Give the generator more workers or cores, or raise clients.max_in_flight, then run again."
        yield Check("Arrivals", "invalid", said, numbers, remedy)


def _held_back_until(run: Run, t: float) -> int:
    return max((event.jobs for event in run.events if isinstance(event, HeldBack) and event.t <= t), default=0)


def clocks(analysis: Analysis) -> Iterator[Check]:
    workers = analysis.run.info.workers
    remedy = "Keep the workers' clocks in step (NTP, PTP)."
    worst = max((worker.clock_error for worker in workers), default=0.0)
    if worst > CLOCK_ERROR:
        said = f"The clocks of the workers agree only to {seconds(worst)}; up to {seconds(CLOCK_ERROR)} is fine."
        yield Check("Clocks", "qualified", said, {"error_s": worst}, remedy)
    noted = [event.drift for event in analysis.run.events if isinstance(event, Clock)]
    drift = max((*noted, *(worker.clock_drift for worker in workers)), default=0.0)
    if drift > CLOCK_ERROR:
        said = f"A worker's clock drifted by {seconds(drift)} from the master's; up to {seconds(CLOCK_ERROR)} is fine."
        yield Check("Clocks", "qualified", said, {"drift_s": drift}, remedy)


def method(analysis: Analysis) -> Iterator[Check]:
    overridden = analysis.run.document.get("method", {})
    if overridden:
        said = f"The profile overrides the method: {listed(f'{key} = {value}' for key, value in overridden.items())}."
        yield Check("Method", "qualified", said, {}, "Leave [method] out for a result to build on.")


def load_model(analysis: Analysis) -> Iterator[Check]:
    if analysis.run.profile.batch is None and analysis.run.profile.clients.mode != "open":
        said = (
            "The clients wait for their jobs, so a slow service receives less load: that a step was sustained proves less than "
            "with open clients, and the offered rates are upper bounds."
        )
        yield Check("Load model", "qualified", said, {}, 'Use mode = "open" to find the capacity.')


def amount(analysis: Analysis) -> Iterator[Check]:
    if analysis.run.profile.batch is not None:
        yield from _amount_of_batch(analysis, analysis.run.profile.batch)
        return
    step = analysis.capacity.carried
    remedy = "Hold the steps longer."
    if step is None:
        spoiled = bool(analysis.steps) and all(step.spoiled for step in analysis.steps)  # Which another check says.
        if analysis.capacity.breaking is None and len(analysis.run.requests) and not spoiled:
            said = "No step could be judged, so whether the load was sustained is not known."
            yield Check("Amount", "qualified", said, {}, remedy)
        return
    assert step.growth is not None, "a sustained step was judged"
    done, least = round(step.completed * (step.seconds - step.settled)), analysis.run.profile.method.min_jobs
    unseen = step.growth.allowed / step.growth.arrivals
    numbers = {"completed": done, "requests": step.requests, "unseen": unseen}
    if done < least:
        said = f"The last sustained step completed only {count_of(done, 'job')}; {least:,} are the least to rely on."
        yield Check("Amount", "qualified", said, numbers, remedy)
    elif not carries(step.requests, 0.95):
        said = f"It had only {count_of(step.requests, 'request')}; p95 needs {MIN_REQUESTS:,}."
        yield Check("Amount", "qualified", said, numbers, remedy)
    elif unseen > RESOLUTION:
        said = (
            f"The step that capacity rests on was judged by {count_of(step.growth.arrivals, 'arrival')}, so few that the "
            f"service may have left up to {share(unseen)} of them undone unnoticed; {share(RESOLUTION)} is the most to rely on."
        )
        yield Check("Amount", "qualified", said, numbers, remedy)
    else:
        said = f"The last sustained step completed {count_of(done, 'job')} with {count_of(step.requests, 'request')}."
        yield Check("Amount", "ok", said, numbers)


def _amount_of_batch(analysis: Analysis, jobs: int) -> Iterator[Check]:
    submitted, least = analysis.outcomes.submits, analysis.run.profile.method.min_jobs
    remedy = "Give the batch longer: load.drain." if analysis.outcomes.submits >= jobs else "Run again."
    open_ = analysis.outcomes.counts["abandoned"]
    if submitted < jobs or open_:
        said = (
            f"Of {count_of(jobs, 'job')} of the batch {count_of(submitted, 'was', 'were')} submitted, and "
            f"{count_of(open_, 'was', 'were')} still open when the run ended, so rates and makespan are those of a part of it."
        )
        yield Check("Amount", "qualified", said, {"submitted": submitted, "open": open_}, remedy)
    elif jobs < least:
        said = f"The batch had only {count_of(jobs, 'job')}; {least:,} are the least to rely on."
        yield Check("Amount", "qualified", said, {"jobs": jobs}, "Make the batch larger.")
    else:
        yield Check("Amount", "ok", f"All {jobs:,} jobs of the batch were submitted and followed to their end.", {"jobs": jobs})
