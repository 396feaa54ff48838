"""The actions of a run, as its events tell them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .event import Event
from .events import ActionEnd, ActionStart


@dataclass(frozen=True)
class Done:
    """An action that was begun: `start` and `seconds` (None: its end was not recorded), `code` its exit code (None: it was
    ended, or never ran), `wrong` what went wrong ("": nothing), `output` the end of what it printed."""

    name: str
    command: str
    start: float
    seconds: float | None = None
    code: int | None = None
    wrong: str = "its end was not recorded"
    output: str = ""


def actions_of(events: Iterable[Event]) -> tuple[Done, ...]:
    """The actions that were begun, in order."""
    begun: dict[str, Done] = {}
    for event in events:
        match event:
            case ActionStart():
                begun[event.action] = Done(event.action, event.command, event.t)
            case ActionEnd() if event.action in begun:
                begun[event.action] = replace(
                    begun[event.action], seconds=event.seconds, code=event.code, wrong=event.wrong, output=event.output
                )
    return tuple(begun.values())
