"""Capacity by saturation, as page 1 answers it."""

from collections.abc import Iterator

from report.analysis.run import Analysis
from report.analysis.steps.saturation import Saturated
from report.document.finding import Finding, Source
from report.document.model import Number
from report.findings.evidence import in_steps
from report.glossary import MAXIMUM, OFFERED
from report.rules.capacity.search import CONFIRM
from report.rules.capacity.summary import REASONS
from report.stats.saturation import BEYOND, ENOUGH_BEYOND, Saturation
from report.text import between, count_of, number, rate, share


def capacity(analysis: Analysis) -> Iterator[Finding]:
    """The capacity by saturation, of a search or where planned steps show a plateau; else page 1 has better to say."""
    found = analysis.saturated
    if found is not None and (found.bend or found.because):
        seen = in_steps(analysis, analysis.steps, "capacity", "load", "overview")
        yield capacity_finding(found, analysis.run.profile.clients.submit_every, seen)


def capacity_finding(found: Saturated, submit_every: float, source: Source) -> Finding:
    """The answer on page 1: how much, from which load on, how sure, and whether nine tenths of it are sustained."""
    seen = found.seen
    return Finding(
        level="note" if seen.state == "at least" else "good",
        subject=MAXIMUM.name,
        sentence=capacity_sentence(found, submit_every),
        numbers={"jobs_per_s": seen.capacity, "knee": seen.knee, "steps": seen.steps, "beyond": seen.beyond},
        intervals={"jobs_per_s": (seen.low, seen.high)} | _knee_interval(seen),
        evidence=rests_on(seen),
        source=source,
        remedy="Go on to higher loads." if seen.state == "at least" and found.because is None else "",
    )


def capacity_sentence(found: Saturated, submit_every: float) -> str:
    """The capacity, or at least how much it is, and what came of holding nine tenths of it."""
    return f"{_sentence(found, submit_every)}{_confirmed(found)}"


def _knee_interval(seen: Saturation) -> dict[str, tuple[Number, Number]]:
    return {} if seen.knee_low is None or seen.knee_high is None else {"knee": (seen.knee_low, seen.knee_high)}


def rests_on(seen: Saturation) -> str:
    """What the capacity rests on: a fit, or what the steps completed where they show no bend."""
    steps = count_of(seen.steps, "step")
    if seen.state == "at least":
        return f"What the highest of {steps} completed." if seen.steps > 1 else "What the one step completed."
    return f"Two straight lines fitted to {steps}, {seen.beyond or 'none'} of them clearly beyond the bend."


def _sentence(found: Saturated, submit_every: float) -> str:
    if found.seen.state == "at least":
        return _least(found)
    knee = knee_text(found, submit_every)
    return _plateau(found.seen, knee) if found.seen.state == "found" else _decline(found.seen, knee)


def _plateau(seen: Saturation, knee: str) -> str:
    return (
        f"{_with_interval(seen)}. From {knee} on throughput stayed flat, over "
        f"{seen.beyond} of {count_of(seen.steps, 'step')}: more load only makes jobs wait."
    )


def _decline(seen: Saturation, knee: str) -> str:
    law = f" (coherency κ = {seen.kappa:.2g} of the universal scalability law)" if seen.kappa else ""
    return (
        f"{_with_interval(seen)}, its peak, at {knee}. Under more load the service gets less done: "
        f"throughput fell by {share(seen.fall)}{law}."
    )


def _least(found: Saturated) -> str:
    seen = found.seen
    steps = f"{seen.beyond or 'no'} {'step was' if seen.beyond == 1 else 'steps were'} clearly beyond it"
    why = f" The search ended there: {REASONS[found.because]}." if found.because in REASONS else ""
    if found.because in ("plateau", "decline"):
        why = " The search saw a plateau, but the load generators spoiled some of its steps, which count for nothing."
    return (
        f"At least {rate(seen.capacity)}. How much more is not known: {steps}. {ENOUGH_BEYOND} are needed, each with "
        f"{number(BEYOND)} times the load at which throughput stops growing, to tell a plateau from chance.{why}"
    )


def _with_interval(seen: Saturation) -> str:
    return f"{MAXIMUM.text(seen.capacity)} (95 % interval {between(seen.low, seen.high, MAXIMUM.dimension)})"


def knee_text(found: Saturated, submit_every: float) -> str:
    """The load at which throughput stops growing."""
    knee = found.seen.knee or 0.0
    clients = count_of(round(knee if found.by_clients else knee * submit_every), "client")
    return clients if found.by_clients else f"{rate(knee)} offered ({clients})"


def _confirmed(found: Saturated) -> str:
    step = found.confirmed
    if step is None:
        return ""
    verdict = {"SUSTAINED": "was sustained", "UNSUSTAINED": "was not sustained"}.get(step.verdict, "could not be judged")
    asked = count_of(step.clients, "client") if found.by_clients else f"{OFFERED.text(step.offered)} offered"
    load = f"{asked}, {rate(step.completed)} completed"
    of = "what the search took for it" if found.seen.state == "at least" else "that load" if found.by_clients else "it"
    return f" {share(CONFIRM)} of {of}, held at the end ({load}), {verdict}."
