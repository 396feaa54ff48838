"""The steady throughput in words, and how the load comes about."""

from collections.abc import Iterator

from profiles import Profile
from report.analysis.run import Analysis
from report.analysis.steps.result import StepResult
from report.document.finding import Finding
from report.findings.evidence import in_steps, intervals
from report.findings.what_broke import UNJUDGED, unsustained, why
from report.glossary import REQUEST_RATE, STEADY
from report.stats.intervals import WANTED, WIDE, Interval, completions_for
from report.text import between, count_of, share, span


def load_model(profile: Profile) -> str:
    """How the load comes about, in a few words: what a reader must know before any number."""
    if profile.batch is not None:
        return "a batch, all at once"
    mode = {"open": "open", "paced": "closed (paced clients)", "think": "closed (clients that think)"}[profile.clients.mode]
    return f"{mode}, {profile.clients.arrivals} arrivals" if profile.clients.mode == "open" else mode


def throughput(analysis: Analysis) -> Iterator[Finding]:
    """The most jobs per second that were sustained, or why none were; of a batch another finding tells."""
    carried = analysis.capacity.carried
    if analysis.run.profile.batch is None:
        yield _sustained(analysis, carried) if carried else _none(analysis)


def _none(analysis: Analysis) -> Finding:
    held = [step for step in analysis.steps if step.failed]
    shown = analysis.capacity.breaking if held else next(iter(analysis.steps), None)
    return Finding(
        level="bad" if held else "note",
        subject=STEADY.name,
        sentence=f"None: {unsustained(analysis)}." if held else UNJUDGED,
        numbers={"steps": len(analysis.steps), "not_sustained": len(held)},
        evidence=f"Step {shown.number}: {why(shown)}." if shown else "",
        source=in_steps(analysis, analysis.steps, "overview", "load"),
    )


def _sustained(analysis: Analysis, carried: StepResult) -> Finding:
    tried_all = analysis.capacity.breaking or analysis.run.profile.clients.mode != "open"
    more = "" if tried_all else f" It may carry more: {_unbroken_why(analysis)}."
    return Finding(
        level="good",
        subject=STEADY.name,
        sentence=(
            f"The service sustained {STEADY.text(carried.completed)}{_between_rates(carried.throughput)} with "
            f"{count_of(carried.clients, 'client')}, which makes {REQUEST_RATE.text(carried.request_rate.value)}."
            f"{_unbroken(analysis, carried)}{more}"
        ),
        numbers={
            "jobs_per_s": carried.completed,
            "requests_per_s": carried.request_rate.value,
            "clients": carried.clients,
        },
        intervals=intervals(jobs_per_s=carried.throughput, requests_per_s=carried.request_rate),
        evidence=f"Step {carried.number}: {why(carried)}.",
        source=in_steps(analysis, [carried], "overview", "load"),
        remedy=_hold_longer(carried),
    )


def _unbroken_why(analysis: Analysis) -> str:
    """Why no breaking point is known: nothing broke, or what seemed to can't be used."""
    seemed = next((step for step in analysis.steps if step.seemed_to_break), None)
    return f"step {seemed.number}, which seemed to break it, can't be used" if seemed else "no step broke it"


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
    return f" (95 % interval {between(interval.low, interval.high, STEADY.dimension)})" if interval.known else ""


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
