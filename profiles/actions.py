"""Commands that a run carries out: failovers, clean states."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from .fields import CommandLine, LastingDuration, Name, Table
from .units import DURATION_HINT, parse_duration


def _moment(value: Any) -> float | str:
    if value in ("before", "after"):
        return str(value)
    try:
        return parse_duration(value)
    except (TypeError, AttributeError, ValueError):
        raise ValueError(f'{value!r} is not "before", "after" or {DURATION_HINT}') from None


class Action(Table):
    """A command that is run `before` the load, `after` it, or `at` so many seconds into it; given up after `timeout` seconds.

    `run` is split as a shell would, but no shell runs it; `${NAME}` in it is taken from the environment.
    """

    name: Name
    at: Annotated[float | Literal["before", "after"], BeforeValidator(_moment)]
    run: CommandLine
    timeout: LastingDuration = 60.0
