"""The chapter on actions: what a run did besides loading the service."""

from report.document.block import Section
from report.document.table import Cell, Column, table, words
from report.recording.actions import Done
from report.text import NONE, moment, span
from report.validity.assessment import AssessedRun

SHOWN = 200
"""Letters of a command's output that a table has room for; events.jsonl holds more."""


def chapter(analysis: AssessedRun) -> Section | None:
    """The actions, those that were never begun as well; no chapter where the profile has none."""
    begun = {done.name: done for done in analysis.actions}
    planned = analysis.run.profile.action
    if not planned:
        return None
    shown = table(
        "What was done besides loading the service",
        (Column(title="Action", words=True), words(*(action.name for action in planned))),
        (Column(title="Planned", words=True), words(*(_planned(action.at) for action in planned))),
        (Column(title="At"), [_at(begun.get(action.name)) for action in planned]),
        (Column(title="Took"), [_took(begun.get(action.name)) for action in planned]),
        (Column(title="Command", words=True), words(*(action.run for action in planned))),
        (Column(title="Ended", words=True), words(*(_ended(begun.get(action.name)) for action in planned))),
        (Column(title="Printed", words=True), words(*(_printed(begun.get(action.name)) for action in planned))),
        marks=["bad" if (done := begun.get(action.name)) is None or done.wrong else "good" for action in planned],
        note="At: minutes:seconds since the start of the run. Printed: the end of it.",
    )
    return Section(id="actions", title="Actions", blocks=(shown,))


def _planned(at: float | str) -> str:
    return f"{at} the load" if isinstance(at, str) else f"{span(at)} into the load"


def _at(done: Done | None) -> Cell:
    return Cell(text=moment(done.start), value=done.start) if done else Cell(text=NONE)


def _took(done: Done | None) -> Cell:
    return Cell(text=span(done.seconds), value=done.seconds) if done else Cell(text=NONE)


def _ended(done: Done | None) -> str:
    if done is None:
        return "never begun: the load ended before"
    return done.wrong or "well (exit code 0)"


def _printed(done: Done | None) -> str:
    text = " ".join(done.output.split()) if done else ""
    return f"…{text[-SHOWN:]}" if len(text) > SHOWN else text or NONE
