"""The limits of a service in words: where it broke, how much it carries within the profile's limits, and how these were kept."""

from collections.abc import Iterator

from report.analysis.operating_points import OperatingPoints
from report.analysis.run import Analysis
from report.analysis.steps.result import StepResult
from report.document.finding import Finding
from report.document.model import Number, plain
from report.findings.evidence import in_run, in_steps, intervals
from report.findings.what_broke import UNJUDGED, breaking_evidence, breaking_remedy, breaking_sentence, unsustained
from report.text import between, count_of, rate

from .limits import as_shown, none_sustained, with_kept_limits, within_numbers, within_text

SUBJECT = "Limits"
FIGURES = ("overview", "load", "capacity")


def limits(analysis: Analysis) -> Iterator[Finding]:
    """Where the service broke, and how the profile's limits were kept; of a batch the latter alone, if it has any."""
    if analysis.run.profile.batch is None:
        carried, breaking = analysis.capacity.carried, analysis.capacity.breaking
        found = _broke(analysis, carried, breaking) if breaking else _not_broken(analysis, carried)
        points = analysis.operating_points
        yield with_kept_limits(_with_capacity(found, analysis, points) if points else found, analysis)
    elif analysis.limits:
        seen = in_run(analysis.run, "overview", "latency")
        yield with_kept_limits(Finding(level="good", subject=SUBJECT, sentence="", source=seen), analysis)


def _broke(analysis: Analysis, carried: StepResult | None, breaking: StepResult) -> Finding:
    found = analysis.saturated
    failed = breaking.worst.interval if breaking.worst and not breaking.fired else None
    # A search asks for more than the capacity that it finds, so that a step breaks is no surprise there.
    surprising = not (found and found.sought_and_found) or breaking.errors or breaking.fired
    return Finding(
        level="bad",
        subject=SUBJECT,
        sentence=breaking_sentence(breaking) + ("" if found and found.bend else _between(carried, breaking)),
        numbers={"clients": breaking.clients, "offered": breaking.offered, "completed": plain(breaking.completed)}
        | ({"failed": failed.value} if failed else {}),
        intervals=intervals(completed=breaking.throughput) | (intervals(failed=failed) if failed else {}),
        evidence=breaking_evidence(breaking, carried) if surprising else "",
        source=in_steps(analysis, [carried, breaking], *FIGURES),
        remedy=breaking_remedy(breaking) if surprising else "",
    )


def _between(carried: StepResult | None, breaking: StepResult) -> str:
    if carried is None or breaking.clients <= carried.clients:
        return ""
    return f" Its capacity is that of {between(carried.clients, breaking.clients, 'number')} clients."


def _not_broken(analysis: Analysis, carried: StepResult | None) -> Finding:
    """Why no breaking point is known."""
    bend = analysis.saturated.bend if analysis.saturated else None
    numbers: dict[str, Number] = {"clients": carried.clients} if carried else {"steps": len(analysis.steps)}
    if carried is None:
        said = UNJUDGED
    elif analysis.run.profile.clients.mode == "open":
        said = _not_reached(analysis, carried)
    elif bend:
        numbers = {"clients": bend[1]}
        said = (
            f"Throughput stops growing at {count_of(round(bend[1]), 'client')}. No backlog shows beyond that, since these "
            "clients wait for their jobs: jobs take longer instead."
        )
    else:
        said = (
            "Not known: clients that wait for their jobs submit less when the service slows down, so that no backlog shows. "
            f"At {count_of(carried.clients, 'client')} {rate(carried.submitted)} of {rate(carried.offered)} were submitted."
        )
    seen = in_steps(analysis, [carried] if carried else analysis.steps, *FIGURES)
    return Finding(level="note", subject=SUBJECT, sentence=said, numbers=numbers, source=seen)


def _not_reached(analysis: Analysis, carried: StepResult) -> str:
    seemed = next((step for step in analysis.steps if step.seemed_to_break), None)
    said = (
        f"{'Not known' if seemed else 'Not reached'}: every step that can be judged was sustained, up to "
        f"{count_of(carried.clients, 'client')} ({rate(carried.offered)} offered)."
    )
    if seemed:
        what = f"Step {seemed.number} ({count_of(seemed.clients, 'client')}) seemed to break"
        by = f" (rule {seemed.fired.rule})" if seemed.fired else ""
        return f"{said} {what}{by}, but can't be judged ({seemed.verdict})."
    unjudged = next((step for step in analysis.steps if not step.sustained), None)
    if unjudged is None:
        return said
    return f"{said} Step {unjudged.number} ({count_of(unjudged.clients, 'client')}) was {unjudged.verdict.lower()}."


def _with_capacity(found: Finding, analysis: Analysis, points: OperatingPoints) -> Finding:
    """The same, and the capacity under the profile's limits."""
    within, carried = points.within, analysis.capacity.carried
    steps = (points.breaking, within.lower, within.upper, carried)
    untold = unsustained(analysis) if none_sustained(analysis) else ""
    known = intervals(within_limits_jobs_per_s=within.lower.throughput) if within.lower else {}
    return found.model_copy(
        update={
            "sentence": f"{found.sentence} {within_text(as_shown(within, analysis), untold)}",
            "numbers": found.numbers | within_numbers(within),
            "intervals": found.intervals | known,
            "source": in_steps(analysis, steps, *FIGURES) if any(steps) else found.source,
        }
    )
