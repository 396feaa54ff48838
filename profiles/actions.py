"""Commands that a run carries out: failovers, clean states."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, field_validator

from .fields import CommandLine, Duration, Name, Table
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
    timeout: Duration = 60.0

    @field_validator("timeout")
    @classmethod
    def _takes_time(cls, seconds: float) -> float:
        if seconds <= 0:
            raise ValueError("must be longer than zero")
        return seconds
