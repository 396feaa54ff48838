"""What the stop rules saw."""

from report.document.block import Section
from report.document.table import Cell, Column, table, words
from report.recording.events import RuleState
from report.rules.stop_log import rule_sentence
from report.text import moment
from report.validity.assessment import AssessedRun


def chapter(analysis: AssessedRun) -> Section | None:
    """Every change of state of a stop rule; no chapter where none was armed."""
    events = [event for event in analysis.run.events if isinstance(event, RuleState)]
    if not events:
        return None
    log = table(
        "What the stop rules saw",
        (Column(title="At", words=True), [Cell(text=moment(e.at), value=e.at) for e in events]),
        (Column(title="Rule", words=True), words(*(e.rule for e in events))),
        (Column(title="State", words=True), words(*(e.state for e in events))),
        (Column(title="Step"), [Cell(text=str(e.step), value=e.step) for e in events]),
        (Column(title="Clients"), [Cell(text=f"{e.clients:,}", value=e.clients) for e in events]),
        (Column(title="What it saw", words=True), words(*(rule_sentence(e) for e in events))),
        marks=["bad" if e.state == "fired" else "" for e in events],
        note="Armed: the condition is true, but not yet for long enough. Confirming: it would fire, but is to be seen once more. "
        "Cleared: it is no longer true. Fired: it ends the step or the run, unless it only notes. "
        "Times are minutes:seconds since the start.",
    )
    return Section(id="stop-log", title="Stop log", blocks=(log,))
