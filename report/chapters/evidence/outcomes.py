"""How jobs ended, and the errors by cause."""

from report.document.block import Block, Section, Text
from report.document.cells import share_cell
from report.document.table import Cell, Column, table, words
from report.text import NONE, count_of, moment
from report.validity.assessment import AssessedRun

from .special_cases import special_findings

OUTCOME_WORDS = {
    "succeeded": "completed by the service",
    "failed": "reported as failed by the service",
    "rejected": "refused by the service on submission",
    "errored": "the submit itself failed: neither accepted nor refused",
    "lost": "no longer known to the service",
    "timed_out": "not done when its client gave up",
    "abandoned": "not done when the run ended",
}
"""What each outcome means."""
MAX_CAUSES = 20
"""Causes that the table has room for, the most frequent first."""
NOTHING_SPECIAL = "No step began with a backlog, no arrival was held back or late, nothing was interrupted."
"""Said in place of a chapter of special cases."""


def chapter(analysis: AssessedRun) -> Section:
    """Outcomes of jobs and causes of errors; that nothing was out of the ordinary, where no chapter of special cases follows."""
    nothing = () if special_findings(analysis) else (Text(text=NOTHING_SPECIAL),)
    return Section(id="outcomes", title="Outcomes and errors", blocks=(*_outcomes(analysis), *nothing))


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
