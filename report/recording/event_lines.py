"""The lines of events.jsonl: an event as bytes, and back."""

from dataclasses import fields
from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from .event import EVENTS, Event, key_of
from .events import UnknownEvent

MICROSECONDS = 6
"""Digits after the point that a time is written with."""
SHOWN = 60
"""Letters shown of a value that can't be read."""


class BadEvent(ValueError):
    """A line of events.jsonl that is no event; its text says why."""


def encode_event(event: Event) -> bytes:
    """One line of events.jsonl."""
    return orjson.dumps(
        {key: round(value, MICROSECONDS) if isinstance(value, float) else value for key, value in as_mapping(event).items()},
        option=orjson.OPT_APPEND_NEWLINE,
    )


def as_mapping(event: Event) -> dict[str, Any]:
    """An event's keys and values, in the order of the file."""
    if isinstance(event, UnknownEvent):
        return dict(event.data)
    told = {field: getattr(event, field.name) for field in fields(event)}
    kept = {key_of(field.name): value for field, value in told.items() if value is not None or field.default is not None}
    return {"t": event.t, "event": event.name} | kept


def decode_event(line: bytes) -> Event:
    """The event of one line of events.jsonl. Raises BadEvent, whose text names the key and what was there."""
    try:
        data = from_json(line, allow_inf_nan=False)
    except ValueError:
        data = None
    if not isinstance(data, dict) or not isinstance(data.get("event"), str):
        raise BadEvent(f"not an event: {_shown(line.decode(errors='replace'))}")
    event = _read(data["event"], line)
    return event if event.name else UnknownEvent(t=event.t, data=data)


@cache
def _reader(name: str) -> TypeAdapter[Event]:
    return TypeAdapter(EVENTS.get(name, Event))


def _read(name: str, line: bytes) -> Event:
    try:
        return _reader(name).validate_json(line)
    except ValidationError as error:
        raise BadEvent(f"{name or 'event'}: {what_is_wrong(error)}") from None


def what_is_wrong(error: ValidationError) -> str:
    """The first key that can't be read, what was there, and what should be."""
    problem = error.errors()[0]
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "missing":
        return f"{key} is missing"
    return f"{key} is {_shown(repr(problem['input']))}, and {problem['msg'].removeprefix('Input ')}"


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
