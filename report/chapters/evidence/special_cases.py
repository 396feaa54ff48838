"""What was out of the ordinary: backlogs, stalls, interruptions, held-back arrivals, events."""

from collections.abc import Iterator

from report.analysis.steps.result import StepResult
from report.document.block import Findings, Section
from report.document.finding import Finding, Rows, Source
from report.document.model import Number
from report.findings.evidence import in_run, in_steps, named
from report.findings.trust import reasons
from report.findings.what_broke import stall_text
from report.recording.event import Event
from report.recording.events import DrainEnd, LateRows, Signal, WatcherLost, WorkerBack, WorkerLost
from report.rules.stop_log import event_line
from report.text import count_of, moment, span
from report.validity.assessment import AssessedRun
from report.validity.load import arrivals_of


def chapter(analysis: AssessedRun) -> Section | None:
    """What was found of it; no chapter where that is nothing."""
    found = special_findings(analysis)
    return Section(id="special-cases", title="Special cases", blocks=(Findings(findings=found),)) if found else None


def special_findings(analysis: AssessedRun) -> tuple[Finding, ...]:
    """Of each step, then of the events, of the run's end, and of arrivals."""
    found = [finding for step in analysis.steps for finding in _special_in(analysis, step)]
    found += [finding for event in analysis.run.events if (finding := _event(event)) is not None]
    found += [finding for finding in reasons(analysis) if finding.subject == "Run"]
    arrivals, held, late = arrivals_of(analysis.run)
    if held or late:
        said = f"Of {count_of(arrivals, 'arrival')} {held:,} were held back and {late:,} were sent late."
        numbers: dict[str, Number] = {"arrivals": arrivals, "held_back": held, "late": late}
        seen = in_run(analysis.run, "overview")
        found.append(Finding(level="warning", subject="Arrivals", sentence=said, numbers=numbers, source=seen))
    return tuple(found)


def _special_in(analysis: AssessedRun, step: StepResult) -> Iterator[Finding]:
    """What was out of the ordinary in a step."""
    numbers: dict[str, Number]
    seen = in_steps(analysis, [step], "overview", "in_flight")
    if step.carried_over:
        said = (
            f"Step {step.number} ({count_of(step.clients, 'client')}) began with "
            f"{count_of(step.carried_over, 'job')} more in flight than its load explains: a backlog of the step "
            "before, so its times are not those of its own load."
        )
        numbers = {"jobs": step.carried_over}
        yield Finding(level="warning", subject="Backlog", sentence=said, numbers=numbers, source=seen)
    for stall in step.stalls:
        said = f"In step {step.number} {stall_text(stall)}: {count_of(stall.waiting, 'request')} fell due meanwhile."
        silence = Source(
            steps=(step.number,),
            window=(stall.start, stall.end),
            rows=(Rows(file="requests.csv", count=stall.waiting),),
            figures=named(["service_time", "throughput"]),
        )
        yield Finding(level="warning", subject="Stall", sentence=said, numbers=stall._asdict(), source=silence)
    if step.cut and not step.fired:
        lasted = f"{span(step.seconds)} of {span(step.planned)}"
        said = f"Step {step.number} was cut off after {lasted}: it is judged by what there is."
        numbers = {"seconds": step.seconds}
        yield Finding(level="note", subject="Interruption", sentence=said, numbers=numbers, source=seen)


def _event(event: Event) -> Finding | None:
    t = moment(event.t)
    numbers: dict[str, Number] = {"t": event.t}
    match event:
        case Signal() | WorkerBack() | WorkerLost() | WatcherLost():
            said = f"At {t} {event_line(event)}."
        case LateRows():
            numbers["rows"] = event.rows
            said = f"At {t} {event.rows:,} rows arrived after the second that they belong to had been judged."
        case DrainEnd() if event.abandoned or event.cancelled:
            said = f"When the run ended at {t}, {count_of(event.abandoned, 'job was', 'jobs were')} still open, and abandoned."
            numbers |= {"abandoned": event.abandoned, "cancelled": event.cancelled}
            if event.cancelled is not None:
                asked = "the jobs that were abandoned or had timed out"
                said += f" The service confirmed that it cancelled {event.cancelled:,} of {asked}."
        case _:
            return None
    subject = event.name.replace("_", " ").capitalize()
    seen = Source(window=(event.t, event.t), figures=named(["overview"]))
    return Finding(level="note", subject=subject, sentence=said, numbers=numbers, source=seen)
