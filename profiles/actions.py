"""Commands that a run carries out: failovers, clean states."""

import shlex
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, field_validator

from .fields import Duration, Name, Table
from .units import DURATION_HINT, parse_duration


def _moment(value: Any) -> float | str:
    if value in ("before", "after"):
        return str(value)
    if isinstance(value, str):
        return parse_duration(value)
    raise ValueError(f'{value!r} is not "before", "after" or {DURATION_HINT}')


class Action(Table):
    """A command that is run `before` the load, `after` it, or `at` so many seconds into it; given up after `timeout` seconds.

    `run` is split as a shell would, but no shell runs it; `${NAME}` in it is taken from the environment.
    """

    name: Name
    at: Annotated[float | Literal["before", "after"], BeforeValidator(_moment)]
    run: str
    timeout: Duration = 60.0

    @field_validator("run")
    @classmethod
    def _splits(cls, command: str) -> str:
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise ValueError(f"not a command line: {error}") from None
        if not words:
            raise ValueError("which command?")
        return command
