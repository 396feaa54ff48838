"""The field types that every table of a profile is made of."""

import re
import shlex
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from .units import DURATION_HINT, parse_duration, parse_quantity


class Table(BaseModel):
    """A table of the profile: immutable, and no key it doesn't know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def _endpoint(text: str) -> str:
    method, _, path = text.partition(" ")
    if method not in METHODS or not path.startswith("/"):
        raise ValueError(f'{text!r} is not METHOD /path, as in "GET /tasks/{{id}}"; methods: {", ".join(METHODS)}')
    for found in re.findall(r"\{[^{}]*\}", path):
        if found not in ("{id}", "{+id}"):
            raise ValueError(
                f"{text!r}: {found} means nothing in a path; allowed: {{id}}, the job's id, or {{+id}} with its slashes"
            )
    return text


def _command_line(text: str) -> str:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ValueError(f"not a command line: {error}") from None
    if not words:
        raise ValueError("which command?")
    return text


def _name(text: str) -> str:
    if not re.fullmatch(r"[\w.-]{1,64}", text):
        raise ValueError("not a name: up to 64 letters, digits, _, . or -")
    return text


def _duration(value: object) -> float:
    if isinstance(value, str):
        return parse_duration(value)
    raise ValueError(f"{value!r} is not {DURATION_HINT}")


Endpoint = Annotated[str, AfterValidator(_endpoint)]
CommandLine = Annotated[str, AfterValidator(_command_line)]
"""A command and its arguments, to be split as a shell would."""

Codes = tuple[Annotated[int, Field(ge=100, le=599)], ...]
"""HTTP status codes."""

Duration = Annotated[float, BeforeValidator(_duration)]
"""Written as text with a unit, held as seconds."""


def _takes_time(seconds: float) -> float:
    if seconds <= 0:
        raise ValueError("must be longer than zero")
    return seconds


LastingDuration = Annotated[Duration, AfterValidator(_takes_time)]
"""One of more than no time."""


def _size(value: object) -> int:
    number, dimension = parse_quantity(value) if isinstance(value, str) else (0.0, "")
    if dimension != "bytes" or number < 1:
        raise ValueError(f'{value!r} is not a size like "500 KB" or "8 MiB"')
    return round(number)


Size = Annotated[int, BeforeValidator(_size)]
"""Written as text with a unit, held as bytes."""


def _level(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str):
        return value
    number, dimension = parse_quantity(value)
    every = (info.context or {}).get(SUBMIT_EVERY)
    if dimension != "rate" or number <= 0 or every is None:
        raise ValueError(f'{value!r} is neither a number of clients nor a rate of jobs like "12/s"')
    clients = round(number * every)
    if abs(clients - number * every) > 1e-6 * clients:
        raise ValueError(
            f"{value} would take {number * every:g} clients, each of which submits every {every:g} s: choose a multiple of "
            f"{1 / every:.6g}/s, or another clients.submit_every"
        )
    return clients


SUBMIT_EVERY = "submit_every"
"""What the validation's context calls the seconds between a client's jobs."""

Level = Annotated[int, BeforeValidator(_level), Field(ge=1)]
"""A number of clients, or the jobs per second that they offer, written as text with its unit; held as clients."""

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Name = Annotated[str, AfterValidator(_name)]
