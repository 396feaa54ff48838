"""The stop rules' decisions, derived again from a run's files by the evaluator that took them live."""

from collections.abc import Iterable
from pathlib import Path

from profiles import Profile
from report.recording.columns import JOB_SCHEMA, REQUEST_SCHEMA, SAMPLE_SCHEMA
from report.recording.data_frames import read_table
from report.recording.event import Event
from report.recording.events import Mark, RuleState, StepEvent
from report.recording.run_info import JOBS, REQUESTS, SAMPLES
from report.recording.steps import read_stages

from .evaluator import Evaluator, RuleChange
from .history import History


def replay(folder: Path, profile: Profile, events: Iterable[Event]) -> list[RuleChange]:
    """What the rules decide, in order. The marks in `events` say how far the rows were known, and the events before a
    mark which steps were; so a decision rests on what it rested on live."""
    evaluator, known, changes = Evaluator(profile), list[Event](), list[RuleChange]()
    fill(evaluator.history, folder)
    for event in events:
        if isinstance(event, Mark):
            changes += evaluator.advance(event.mark, read_stages(known, None))
        elif isinstance(event, StepEvent):
            known.append(event)
    return changes


def differences(events: Iterable[Event], changes: Iterable[RuleChange]) -> list[str]:
    """What was recorded and isn't decided again, or the other way round: a line each."""
    recorded = {(event.at, event.rule, event.state) for event in events if isinstance(event, RuleState)}
    again = {(change.at, change.rule, change.state) for change in changes}
    said = dict.fromkeys(recorded - again, "recorded, but not derived")
    said |= dict.fromkeys(again - recorded, "derived, but not recorded")
    return [f"{rule} {state} at second {at}: {said[at, rule, state]}" for at, rule, state in sorted(said)]


def fill(history: History, folder: Path) -> None:
    """Give the rules all rows of a folder. Raises UserError."""
    history.add_requests(read_table(folder / REQUESTS, REQUEST_SCHEMA))
    history.add_jobs(read_table(folder / JOBS, JOB_SCHEMA))
    history.add_samples(read_table(folder / SAMPLES, SAMPLE_SCHEMA))
