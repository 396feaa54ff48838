"""The chapters of evidence: outcomes and errors, special cases, limits."""

import math
from collections.abc import Iterator

from report.analysis.limits import JudgedLimit, least_rate
from report.analysis.steps.result import StepResult
from report.document.block import Block, Findings, Section, Text
from report.document.finding import Finding, Rows, Source
from report.document.model import Level, Number
from report.document.table import Cell, Column, table, words
from report.findings.evidence import in_run, in_steps, named
from report.findings.limits import doubt_text, limit_text, measured_text
from report.findings.trust import reasons
from report.findings.what_broke import stall_text
from report.text import NONE, count_of, moment, span
from report.validity.assessment import AssessedRun
from report.validity.load import arrivals_of

from .leaks import leak_chapter
from .recovery import recovery_chapter
from .resources import resources_chapter
from .results import share_cell

JOB_END = ("with the reply that first saw the job done", "by the service's own timestamps, as in the latency chapter")
"""Without and with timestamps that may be used."""
LIMIT_LEVELS: dict[str, Level] = {
    "pass": "good",
    "warn": "warning",
    "fail": "bad",
    "undecided": "warning",
    "not measured": "note",
}


OUTCOME_WORDS = {
    "succeeded": "completed by the service",
    "failed": "reported as failed by the service",
    "rejected": "refused by the service on submission",
    "errored": "the submit itself failed: neither accepted nor refused",
    "lost": "no longer known to the service",
    "timed_out": "not done when its client gave up",
    "abandoned": "not done when the run ended",
}


MAX_CAUSES = 20
NOTHING_SPECIAL = "No step began with a backlog, no arrival was held back or late, nothing was interrupted."


def evidence_chapters(analysis: AssessedRun) -> tuple[Section, ...]:
    """The chapters, in order; none that would have nothing to say."""
    special = _special(analysis)
    nothing = () if special else (Text(text=NOTHING_SPECIAL),)
    return (
        resources_chapter(analysis),
        *leak_chapter(analysis.run.profile, analysis.leaks, analysis.holds),
        *recovery_chapter(analysis.run, analysis.recoveries, analysis.holds),
        Section(id="outcomes", title="Outcomes and errors", blocks=(*_outcomes(analysis), *nothing)),
        *([Section(id="special-cases", title="Special cases", blocks=special)] if special else []),
        *([Section(id="limits", title="Limits set in the profile", blocks=_limits(analysis))] if analysis.limits else []),
    )


def _outcomes(analysis: AssessedRun) -> tuple[Block, ...]:
    outcomes = analysis.outcomes
    counts = [(name, count) for name, count in outcomes.counts.items() if count or name in ("succeeded", "failed")]
    total = outcomes.jobs
    told = " + ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts)
    if outcomes.add_up:
        said = f"{told} = {count_of(outcomes.submits, 'submit')}. Every submit has exactly one outcome."
    else:
        said = f"{told} = {count_of(total, 'job')}, against {count_of(outcomes.submits, 'recorded submit')}."
    blocks: list[Block] = [Text(text=said)]
    if total:
        blocks.append(
            table(
                "Jobs by outcome, over the whole run",
                (Column(title="Outcome", words=True), words(*(name.replace("_", " ") for name, _ in counts))),
                (Column(title="Meaning", words=True), words(*(OUTCOME_WORDS[name] for name, _ in counts))),
                (Column(title="Jobs"), [Cell(text=f"{count:,}", value=count) for _, count in counts]),
                (Column(title="Share"), [share_cell(count / total) for _, count in counts]),
            )
        )
    return (*blocks, _causes(analysis))


def _causes(analysis: AssessedRun) -> Block:
    causes = analysis.causes[:MAX_CAUSES]
    if not causes:
        return Text(text="No request failed, and every job that ended succeeded.")
    left = len(analysis.causes) - len(causes)
    return table(
        "Errors by cause, over the whole run",
        (Column(title="Where", words=True), words(*(cause.where for cause in causes))),
        (Column(title="What", words=True), words(*(cause.what.replace("_", " ") for cause in causes))),
        (Column(title="Text", words=True), words(*(cause.text or NONE for cause in causes))),
        (Column(title="Count"), [Cell(text=f"{cause.count:,}", value=cause.count) for cause in causes]),
        (Column(title="First"), [Cell(text=moment(cause.first), value=cause.first) for cause in causes]),
        (Column(title="Last"), [Cell(text=moment(cause.last), value=cause.last) for cause in causes]),
        note=f"{count_of(left, 'rarer cause')} left out." if left else "",
    )


def _special(analysis: AssessedRun) -> tuple[Block, ...]:
    found = [finding for step in analysis.steps for finding in _special_in(analysis, step)]
    found += [finding for event in analysis.run.events if (finding := _event(event)) is not None]
    found += [finding for finding in reasons(analysis) if finding.subject == "Run"]
    arrivals, held, late = arrivals_of(analysis.run)
    if held or late:
        said = f"Of {count_of(arrivals, 'arrival')} {held:,} were held back and {late:,} were sent late."
        numbers: dict[str, Number] = {"arrivals": arrivals, "held_back": held, "late": late}
        seen = in_run(analysis.run, "overview")
        found.append(Finding(level="warning", subject="Arrivals", sentence=said, numbers=numbers, source=seen))
    return (Findings(findings=tuple(found)),) if found else ()


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


def _limits(analysis: AssessedRun) -> tuple[Block, ...]:
    limits = analysis.limits
    rising = analysis.run.profile.load.seeks_limits and any(least_rate(limit.condition) for limit in limits)
    every = "all steps" if analysis.run.profile.batch is None else "the whole batch"
    over = "the sustained steps" if analysis.run.profile.load.seeks_limits else every
    judged = table(
        f"Limits, judged over {over}",
        (Column(title="Limit", words=True), words(*(limit_text(limit) for limit in limits))),
        (Column(title="Measured"), [_measured(limit) for limit in limits]),
        (Column(title="Remark", words=True), words(*(doubt_text(limit) for limit in limits))),
        (Column(title="Judgement", words=True), words(*(limit.judgement for limit in limits))),
        marks=[LIMIT_LEVELS[limit.judgement] for limit in limits],
        note="Warn: met, but by less than a tenth of the limit. Undecided: polls see the end of a job too late to tell. "
        f"Times of jobs end {JOB_END[analysis.completion.way == 'timestamps']}."
        + " A rate of so much or more is that of the step with the highest."
        * rising,
    )
    return (judged,)


def _measured(limit: JudgedLimit) -> Cell:
    text = measured_text(limit)
    return Cell(text=text) if math.isnan(limit.measured) else Cell(text=text, value=limit.measured)
