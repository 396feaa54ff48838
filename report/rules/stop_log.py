"""What happened in a run, in words. Each event is worded here alone, for the terminal, the stop log and the report."""

from collections.abc import Iterable

from report.recording.event import Event
from report.recording.events import (
    ActionEnd,
    ActionStart,
    ClearStart,
    DrainStart,
    HeldBack,
    HoldAgain,
    HoldEnd,
    HoldStart,
    RuleState,
    RunEnd,
    Signal,
    Slept,
    Strangers,
    WatcherLost,
    WorkerBack,
    WorkerLost,
    WorkerQuiet,
)
from report.text import count_of, moment, span

from .registry import is_unknown, seen_in

THEN = {"stop": ", which ends the run", "next": ", which ends the step", "note": ""}
"""What a rule that fired does to the load."""


def stop_log(events: Iterable[Event]) -> list[tuple[float, str]]:
    """(second, line) of everything that bears on why a run stopped: rules, lost workers, signals, the end."""
    return [(event.at if isinstance(event, RuleState) else event.t, line) for event in events if (line := event_line(event))]


def event_line(event: Event) -> str:
    """An event as a sentence without its full stop; "" for one that bears on nothing."""
    match event:
        case HoldStart() | HoldEnd() | HoldAgain() | ClearStart():
            return _of_step(event)
        case WorkerQuiet() | WorkerBack() | WorkerLost() | WatcherLost() | HeldBack() | Slept() | Strangers():
            return _of_generators(event)
        case RuleState():
            return _of_rule(event)
        case ActionStart():
            return f"action {event.action}: {event.command}"
        case ActionEnd():
            return f"action {event.action} {event.wrong or 'ended well'} after {span(event.seconds)}"
        case Signal():
            return f"{event.signal} told the run to end"
        case DrainStart():
            left = f"which had {event.limit:.0f} s to end" if event.limit else "which had no more time"
            said = f"the load ended with {count_of(event.in_flight, 'job')} in flight"
            return f"{said}, {left}" if event.in_flight else said
        case RunEnd():
            how = "was interrupted" if event.reason == "interrupted" else event.reason
            return f"the run {how}" + (f": {event.detail}" if event.detail else "")
    return ""


def _of_step(event: HoldStart | HoldEnd | HoldAgain | ClearStart) -> str:
    step = f"step {event.step}" if event.step else "the baseline"
    match event:
        case HoldStart():
            clients = count_of(event.clients, "client")
            return f"{step} is held at {clients}" if event.step else f"{step} begins, with {clients}"
        case HoldEnd():
            return f"{step} {'was cut short' if event.cut else 'ended'}"
        case HoldAgain():
            return f"{step} is held longer, to see it once more"
        case ClearStart():
            return f"the load paused before {step} with {count_of(event.in_flight, 'job')} in flight"


def _of_generators(event: WorkerQuiet | WorkerBack | WorkerLost | WatcherLost | HeldBack | Slept | Strangers) -> str:
    match event:
        case WorkerQuiet():
            return f"worker {event.worker} has sent nothing since {moment(event.heard)}"
        case WorkerBack():
            return f"worker {event.worker} was heard of again, after {event.silent:.0f} s"
        case WorkerLost():
            return f"worker {event.worker} was lost: {event.reason or 'no reason known'}"
        case WatcherLost():
            return "the watcher ended: hosts and processes were not sampled from here on"
        case HeldBack():
            return f"max_in_flight has held back {event.jobs:,} arrivals so far"
        case Slept():
            return f"the {event.who} had been stopped for {event.seconds:.0f} s"
        case Strangers():
            return f"{count_of(event.messages, 'message')} of strangers on the master's port dropped so far"


def _of_rule(event: RuleState) -> str:
    then = THEN[event.then] if event.state == "fired" else ""
    head = f"{event.rule} {event.state} in step {event.step} at {event.clients:,} clients{then}"
    said = rule_sentence(event) if event.state != "cleared" else ""
    return f"{head}: {said}" if said else head


def rule_sentence(event: RuleState) -> str:
    """What a rule saw when its state changed: its numbers in one sentence; of a rule that this version doesn't know, as they are.
    Raises UserError where they can't be read."""
    if is_unknown(event.rule):
        return ", ".join(f"{key} {value}" for key, value in event.values.items())
    seen = seen_in(event)
    return seen.sentence() if seen else ""
