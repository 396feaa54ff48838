"""The actions of a run, as its events tell them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


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


def actions_of(events: Iterable[Mapping[str, Any]]) -> tuple[Done, ...]:
    """The actions that were begun, in order."""
    begun: dict[str, Done] = {}
    for event in events:
        name = str(event.get("action", ""))
        if event["event"] == "action_start":
            begun[name] = Done(name, event["command"], float(event["t"]))
        elif event["event"] == "action_end" and name in begun:
            told = begun[name]
            begun[name] = Done(name, told.command, told.start, event["seconds"], event["code"], event["wrong"], event["output"])
    return tuple(begun.values())
