"""The best operating conditions in words: a load with headroom that keeps the limits."""

from collections.abc import Iterator, Sequence

from report.analysis.operating_points import COMFORTABLE, OperatingPoints, Optimal, Within
from report.analysis.run import Analysis
from report.analysis.steps.result import StepResult
from report.document.finding import Finding
from report.findings.evidence import in_steps, intervals
from report.findings.what_broke import UNJUDGED, unsustained
from report.glossary import MAXIMUM, RECOMMENDED, STEADY
from report.text import count_of, share

from .limits import as_shown, named_limits

SUBJECT = "Best operating conditions"
FIGURES = ("overview", "load", "capacity")


def optimal(analysis: Analysis) -> Iterator[Finding]:
    """How much load leaves headroom and keeps the limits; a batch has no such load."""
    carried, points = analysis.capacity.carried, analysis.operating_points
    if analysis.run.profile.batch is not None:
        return
    if carried is None:
        said = f"Not known: {unsustained(analysis)}." if analysis.capacity.breaking else UNJUDGED
        seen = in_steps(analysis, analysis.steps, *FIGURES)
        yield Finding(level="note", subject=SUBJECT, sentence=said, numbers={"steps": len(analysis.steps)}, source=seen)
    elif points and points.optimal:
        yield _comfortable(analysis, points.optimal, points.within)
    elif points and points.within.missed and points.within.upper:
        yield _none_kept_limits(analysis, points, points.within.upper)
    elif analysis.run.profile.clients.mode != "open":
        said = "Not known: with clients that wait for their jobs, no limit shows."
        seen = in_steps(analysis, [carried], *FIGURES)
        yield Finding(level="note", subject=SUBJECT, sentence=said, numbers={"clients": carried.clients}, source=seen)
    else:
        yield _whatever_was_sustained(analysis, carried)


def _none_kept_limits(analysis: Analysis, points: OperatingPoints, upper: StepResult) -> Finding:
    within = as_shown(points.within, analysis)
    never = f"no sustained step met {named_limits(within.never)}, and " if within.never else ""
    already = "" if never else "already "
    said = f"None was found: {never}{count_of(upper.clients, 'client')} {already}missed {named_limits(within.missed)}."
    seen = in_steps(analysis, [upper], *FIGURES, "latency")
    return Finding(level="bad", subject=SUBJECT, sentence=said, numbers={"clients": upper.clients}, source=seen)


def _whatever_was_sustained(analysis: Analysis, carried: StepResult) -> Finding:
    breaking, load = analysis.capacity.breaking, f"{STEADY.text(carried.completed)} ({count_of(carried.clients, 'client')})"
    beyond = (
        f"{count_of(breaking.clients, 'client')} were not sustained; what lies between was not tried."
        if breaking
        else "Its limit isn't known, so neither is the headroom above that."
    )
    return Finding(
        level="good",
        subject=SUBJECT,
        sentence=f"Any load up to {load}: it was sustained. {beyond}",
        numbers={"jobs_per_s": carried.completed, "clients": carried.clients},
        intervals=intervals(jobs_per_s=carried.throughput),
        source=in_steps(analysis, [carried, breaking], *FIGURES),
    )


def _comfortable(analysis: Analysis, optimal: Optimal, within: Within) -> Finding:
    load = f"Up to {RECOMMENDED.text(optimal.rate.value)} ({count_of(optimal.clients, 'client')})"
    met = tuple(step for step in within.met if step.clients <= optimal.clients)
    whole = MAXIMUM if optimal.of == "capacity" else STEADY
    if optimal.of == "limits":
        said = f"{load}: the most load that met every limit."
    else:
        of = f"{share(COMFORTABLE)} of the {whole.name.lower()}"
        said = f"{load}, {of}: this leaves headroom for bursts. A rule of thumb, not measured."
        said += "" if within.refused else _kept(met)
    return Finding(
        level="good",
        subject=SUBJECT,
        sentence=said,
        numbers={"jobs_per_s": optimal.rate.value, "clients": optimal.clients},
        intervals=intervals(jobs_per_s=optimal.rate),
        source=in_steps(analysis, _based_on(analysis, optimal, met), *FIGURES),
    )


def _based_on(analysis: Analysis, optimal: Optimal, met: tuple[StepResult, ...]) -> Sequence[StepResult | None]:
    """The steps that it was computed from, and those that met the limits."""
    if optimal.of == "capacity":
        return analysis.steps
    return met if optimal.of == "limits" else (analysis.capacity.carried, *met)


def _kept(met: tuple[StepResult, ...]) -> str:
    """Whether the limits were met at or below the load."""
    if not met:
        return " No step up to it is known to meet every limit."
    return f" Every limit was met with {count_of(max(step.clients for step in met), 'client')}, the highest step up to it."
