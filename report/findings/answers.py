"""What was found, in words: whether to trust it, and the answers to the four questions.

Wording about results is here, in `breaking` and in `advice`. Every sentence holds only what `report.analysis`
computed; what the data can't carry is refused in words.
"""

from profiles import Profile
from report.analysis.run import Analysis
from report.analysis.steps.result import StepResult
from report.document.finding import Finding
from report.document.model import Level, Number
from report.stats.intervals import WANTED, WIDE, Interval, completions_for
from report.text import count_of, quantity, rate, share, span
from report.validity.assessment import AssessedRun

from .evidence import in_run, in_steps
from .latency import latency_finding
from .operating_points import UNJUDGED, limits_finding, optimal_finding, unsustained, with_kept_limits
from .unloaded import with_unloaded
from .what_broke import why

LEVELS: dict[str, Level] = {"ok": "good", "note": "note", "qualified": "warning", "invalid": "bad"}
TRUST = {
    "VALID": "The measurement can be trusted: every check passed.",
    "QUALIFIED": "The measurement can be used, with these reservations:",
    "INVALID": "Do not use these numbers: they don't tell what the service carries.",
}


FIGURES = {
    "Arrivals": ("overview",),
    "Amount": ("overview", "load"),
    "Baseline": ("overview", "service_time"),
    "Generators": ("resources", "overview"),
    "Little's law": ("in_flight",),
    "Load model": ("overview",),
    "Machines": ("resources",),
    "Run": ("overview",),
    "Workers": ("overview",),
}
"""What shows that a check was not passed, where a figure does."""


def reasons(analysis: AssessedRun) -> tuple[Finding, ...]:
    """Why the measurement is less than valid; notes too, but after what counts."""
    order = ("invalid", "qualified", "note")
    worst = sorted((check for check in analysis.checks if check.level != "ok"), key=lambda check: order.index(check.level))
    return tuple(
        Finding(
            level=LEVELS[check.level],
            subject=check.name,
            sentence=check.sentence,
            numbers=dict(check.numbers),
            source=in_run(analysis.run, *FIGURES.get(check.name, ())),
            remedy=check.remedy,
        )
        for check in worst
    )


def answers(analysis: Analysis) -> tuple[Finding, ...]:
    """The answers to the four questions of the test."""
    return (
        _throughput(analysis.run.profile, analysis),
        with_unloaded(latency_finding(analysis), analysis.baseline),
        optimal_finding(analysis.run.profile, analysis),
        with_kept_limits(limits_finding(analysis.run.profile, analysis), analysis),
    )


def load_model(profile: Profile) -> str:
    """How the load comes about, in a few words: what a reader must know before any number."""
    if profile.batch is not None:
        return "a batch, all at once"
    mode = {"open": "open", "paced": "closed (paced clients)", "think": "closed (clients that think)"}[profile.clients.mode]
    return f"{mode}, {profile.clients.arrivals} arrivals" if profile.clients.mode == "open" else mode


def _throughput(profile: Profile, analysis: Analysis) -> Finding:
    carried, breaking = analysis.capacity.carried, analysis.capacity.breaking
    subject = "Steady throughput"
    if carried is None:
        held = [step for step in analysis.steps if step.failed]
        said = f"None: {unsustained(analysis)}." if held else UNJUDGED
        shown = breaking if held else next(iter(analysis.steps), None)
        return Finding(
            level="bad" if held else "note",
            subject=subject,
            sentence=said,
            numbers={"steps": len(analysis.steps), "not_sustained": len(held)},
            evidence=f"Step {shown.number}: {why(shown)}." if shown else "",
            source=in_steps(analysis, analysis.steps, "overview", "load"),
        )
    more = "" if breaking or profile.clients.mode != "open" else " It may carry more: no step broke it."
    return Finding(
        level="good",
        subject=subject,
        sentence=(
            f"The service sustained {rate(carried.completed)}{_between_rates(carried.throughput)} with "
            f"{count_of(carried.clients, 'client')}, which makes {rate(carried.request_rate.value, 'requests')}."
            f"{_unbroken(analysis, carried)}{more}"
        ),
        numbers={
            "jobs_per_s": carried.completed,
            "requests_per_s": carried.request_rate.value,
            "clients": carried.clients,
        },
        intervals=_interval("jobs_per_s", carried.throughput) | _interval("requests_per_s", carried.request_rate),
        evidence=f"Step {carried.number}: {why(carried)}.",
        source=in_steps(analysis, [carried], "overview", "load"),
        remedy=_hold_longer(carried),
    )


def _interval(name: str, interval: Interval) -> dict[str, tuple[Number, Number]]:
    return {name: (interval.low, interval.high)} if interval.known else {}


def _unbroken(analysis: Analysis, last: StepResult) -> str:
    """That all steps up to the last were sustained; a search held it after steps of more load, so there it is those of less."""
    searched = last.role == "confirmation"
    before = [step for step in analysis.steps if step.number < last.number]
    below = [step for step in before if step.clients < last.clients] if searched else before
    if any(step.failed for step in below):
        return ""
    which = "with fewer clients" if searched else "up to and including this one"
    return f" Every step {which}{'' if all(step.sustained for step in below) else ' that can be judged'} was sustained."


def _between_rates(interval: Interval) -> str:
    return f" (95 % interval {quantity(interval.low, 'rate')} to {quantity(interval.high, 'rate')})" if interval.known else ""


def _hold_longer(step: StepResult) -> str:
    """What it takes to know the throughput better, where it isn't known well."""
    if not step.throughput.known or not step.throughput.half > WIDE:  # NaN where no job was completed at all
        return ""
    done = round(step.completed * (step.seconds - step.settled))
    needed = completions_for(step.throughput, done)
    hold = step.seconds * needed / max(1, done)
    return (
        f"Hold the step longer to know it better: ± {share(WANTED)} takes about {float(f'{needed:.2g}'):,.0f} completed jobs "
        f"({span(float(f'{hold:.2g}'))}); here it is ± {100 * step.throughput.half:.0f} % with {done:,}."
    )
