"""What broke first and why, and why each step has its verdict, in words."""

from report.analysis.run import Analysis
from report.analysis.steps.result import StepResult
from report.analysis.steps.verdict import TooMany
from report.document.model import Level
from report.glossary import BREAKING_POINT
from report.rules.backlog import BacklogRule
from report.rules.errors import ErrorsRule
from report.rules.registry import BUILT_IN, what_broke
from report.stats.stalls import Stall
from report.stats.steady_state import MIN_ARRIVALS, Growth
from report.text import NONE, count_of, listed, moment, rate, seconds, share, span
from report.validity.generators import faults_text
from report.validity.mapping import fault_text

VERDICT_LEVELS: dict[str, Level] = {"SUSTAINED": "good", "UNSUSTAINED": "bad", "INCONCLUSIVE": "warning", "INVALID": "warning"}

NEVER = "had not ended when the run did, after longer than any that ended"


UNJUDGED = "Not known: no step could be judged."


def unsustained(analysis: Analysis) -> str:
    """That no step counts as sustained: one that came after a step that broke doesn't."""
    return "no step was sustained" + (" before the first that broke" if any(step.sustained for step in analysis.steps) else "")


def why(step: StepResult) -> str:
    """Why a step has its verdict, with the numbers."""
    parts = [_failed(each) for each in step.errors]
    if step.unfinished:
        parts.append(f"{share(step.unfinished.measured)} of the jobs {NEVER}, {_tolerated(step.unfinished.tolerated)}")
    if step.fired:
        parts.insert(0, f"stop rule {step.fired.rule} at {moment(step.fired.at)}")
    if step.growth and step.growth.verdict == "UNSUSTAINED":
        parts.append(growth_text(step.growth))
    parts += [f"{_failed(each)}; chance may explain it" for each in step.doubted]
    if step.verdict == "INCONCLUSIVE" and not (step.unfinished or step.doubted):
        parts += _unclear(step)
    parts += [f"{_failed(each)}, as at other loads" for each in step.constant]
    if step.unasked:
        parts = [fault_text(fault) for fault in step.unasked]
    if step.spoiled:
        parts = [f"says nothing of the service: {listed(map(faults_text, step.spoiled))}"]
    if step.carried_over:
        parts.append(f"began with a backlog of {count_of(step.carried_over, 'job')}")
    steady = growth_text(step.growth) if step.growth else "jobs in flight steady"
    parts = parts or [f"{steady}, failures within tolerance"]
    return "; ".join([*parts, *map(stall_text, sorted(step.stalls, key=lambda stall: -stall.seconds)[:1])])


def stall_text(stall: Stall) -> str:
    """A silence in words."""
    lasted, peak = span(stall.seconds), seconds(stall.slowest)
    return f"no request was answered for {lasted} from {moment(stall.start)} on (peak {peak})"


def _failed(errors: TooMany) -> str:
    return f"{errors.what}: {share(errors.measured)} failed, {_tolerated(errors.tolerated)}"


def _unclear(step: StepResult) -> list[str]:
    """Why a step can't be judged."""
    growth = step.growth
    if growth is None:
        return ["the run ended during the ramp"]
    if growth.arrivals < MIN_ARRIVALS:
        return [f"held for {span(step.seconds)}, {count_of(growth.arrivals, 'arrival')} in the part that is judged"]
    if growth.creeps:
        return [f"{growth_text(growth)}, but they rose steadily: hold it longer"]
    return [f"held for {span(step.seconds)} of {span(step.planned)}"]


def _apart(growth: float, allowed: float) -> tuple[str, str]:
    """Both in whole jobs, or in as many digits as it takes to tell them apart."""
    digits = next((d for d in range(3) if f"{growth:.{d}f}" != f"{allowed:.{d}f}"), 3)
    return f"{growth:,.{digits}f}", f"{allowed:,.{digits}f}"


def growth_text(growth: Growth) -> str:
    """The growth of jobs in flight in a step, and what of it is normal: the numbers of the step's row in the table."""
    if round(growth.growth) <= 0:
        return "jobs in flight did not grow"
    grown, normal = _apart(growth.growth, growth.allowed)
    within = "beyond" if growth.growth > growth.allowed else "within"
    return f"jobs in flight grew by {grown}, {within} the {normal} of normal variation"


def breaking_sentence(step: StepResult) -> str:
    """The breaking point: at which load, what went wrong, and what tells."""
    load = f"{count_of(step.clients, 'client')}, {BREAKING_POINT.text(step.offered)} offered"
    return f"{BREAKING_POINT.name}: step {step.number} ({load}): {_broke(step)}."


def _broke(step: StepResult) -> str:
    what, by = broken_by(step)
    if step.fired:
        told = f"{by}, " if step.fired.rule in BUILT_IN else ""
        return f"{what} ({told}{_fired_when(step, step.fired.at)})"
    if step.worst:
        return f"{share(step.worst.measured)} of {failing(step.worst.what)} failed ({_tolerated(step.worst.tolerated)})"
    return f"{what} ({by})"


def _fired_when(step: StepResult, at: float) -> str:
    start, hold = step.hold_start, step.hold
    if start is None or at < start:
        return "during the ramp"
    if hold and not step.cut and at >= hold[1]:
        return "at the end of the hold"
    return f"{span(at - start)} into the hold"


def breaking_remedy(step: StepResult) -> str:
    """Where to look for the cause."""
    if step.errors:
        return "See Outcomes and errors for what failed."
    return "See the queue and processing times, and the resources used in this step."


def broken_by(step: StepResult) -> tuple[str, str]:
    """What broke in a step that was not sustained, and what tells: the stop rule, or the report's own judgement."""
    if step.fired:
        return what_broke(step.fired.rule), f"rule {step.fired.rule}"
    if step.errors:
        return ErrorsRule.broke, "failures"
    if (step.growth and step.growth.verdict == "UNSUSTAINED") or not step.unfinished:
        return BacklogRule.broke, "growth of jobs in flight"
    return f"{share(step.unfinished.measured)} of the jobs {NEVER}", "jobs that never ended"


def _tolerated(tolerated: float) -> str:
    return f"{share(tolerated)} tolerated" if tolerated else "none tolerated"


def failing(what: str) -> str:
    """The jobs, or the requests of an endpoint."""
    return what if what == "jobs" else f"{what} requests"


def breaking_evidence(step: StepResult, before: StepResult | None) -> str:
    """What shows that a step broke, against the last sustained one (`before`).

    The rule backlog looks at a part of the hold, the table at all of it: where both see the growth, the table's is told alone.
    """
    said = []
    grew = step.growth is not None and step.growth.verdict == "UNSUSTAINED"
    if step.fired and step.fired.seen and not (grew and step.fired.rule == BacklogRule.name):
        said.append(f"The stop rule saw: {step.fired.seen.sentence()}.")
    if step.growth:
        said.append(f"Jobs in flight: {step.in_flight_start:,} at the start, {step.in_flight_end:,} at the end.")
        if grew or not step.fired:
            said.append(f"Once the step had settled, {growth_text(step.growth)}.")
        said.append(f"Completed: {rate(step.completed)} of {rate(step.offered)} offered.")
        said.append(_compared("Median service time of requests", step.median, before.median if before else None))
        if step.request_failures > 0 or step.job_failures > 0:
            said.append(f"Failed: {share(step.request_failures)} of requests, {share(step.job_failures)} of jobs.")
    return " ".join(said)


def _compared(what: str, now: float, before: float | None) -> str:
    earlier = f" ({seconds(before)} in the last sustained step)" if before is not None and seconds(before) != NONE else ""
    return f"{what}: {seconds(now)}{earlier}."
