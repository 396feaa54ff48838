"""What was out of the ordinary: backlogs, stalls, interruptions, held-back arrivals, events."""

from collections.abc import Iterator

from report.analysis.run import Analysis
from report.analysis.steps.result import StepResult
from report.document.block import Findings, Section
from report.document.finding import Finding, Rows, Source
from report.document.model import Number
from report.findings.answers import reasons
from report.findings.evidence import in_run, in_steps, named
from report.findings.what_broke import stall_text
from report.text import count_of, moment, span
from report.validity.load import arrivals_of


def chapter(analysis: Analysis) -> Section | None:
    """What was found of it; no chapter where that is nothing."""
    found = special_findings(analysis)
    return Section(id="special-cases", title="Special cases", blocks=(Findings(findings=found),)) if found else None


def special_findings(analysis: Analysis) -> tuple[Finding, ...]:
    """Of each step, then of the events, of the run's end, and of arrivals."""
    found = [finding for step in analysis.steps for finding in _special_in(analysis, step)]
    found += [finding for event in analysis.run.events if (finding := _event(event)) is not None]
    found += [finding for finding in reasons(analysis.run, analysis.checks) if finding.subject == "Run"]
    arrivals, held, late = arrivals_of(analysis.run)
    if held or late:
        said = f"Of {count_of(arrivals, 'arrival')} {held:,} were held back and {late:,} were sent late."
        numbers: dict[str, Number] = {"arrivals": arrivals, "held_back": held, "late": late}
        seen = in_run(analysis.run, "overview")
        found.append(Finding(level="warning", subject="Arrivals", sentence=said, numbers=numbers, source=seen))
    return tuple(found)


def _special_in(analysis: Analysis, step: StepResult) -> Iterator[Finding]:
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


def _event(event: dict[str, object]) -> Finding | None:
    at = float(str(event["t"]))
    t = moment(at)
    match event["event"]:
        case "signal":
            said = f"At {t} the run was told to end ({event['signal']})."
        case "late_rows":
            said = f"At {t} {event['rows']} rows arrived after the second that they belong to had been judged."
        case "worker_back":
            silent = span(round(float(str(event["silent"]))))
            said = f"At {t} worker {event['worker']} was back, after {silent} in which nothing came from it."
        case "worker_lost":
            said = f"At {t} worker {event['worker']} was lost: {event.get('reason') or 'no reason known'}."
        case "watcher_lost":
            said = f"At {t} the watcher ended: hosts and processes were not sampled from there on."
        case "drain_end" if event.get("abandoned") or event.get("cancelled"):
            jobs = count_of(int(str(event["abandoned"])), "job was", "jobs were")
            said = f"When the run ended at {t}, {jobs} still open, and abandoned."
            if "cancelled" in event:
                asked = "the jobs that were abandoned or had timed out"
                said += f" The service confirmed that it cancelled {event['cancelled']} of {asked}."
        case _:
            return None
    subject = str(event["event"]).replace("_", " ").capitalize()
    seen = Source(window=(at, at), figures=named(["overview"]))
    return Finding(level="note", subject=subject, sentence=said, numbers={"t": at}, source=seen)
