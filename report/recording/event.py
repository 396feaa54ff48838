"""What all events of a run are, and what their fields may hold.

A line of events.jsonl is one JSON object: `t` (seconds since the run's epoch), `event` (the type's `name`), and the type's
fields as its keys. Steps count from 1; a baseline before them is 0. Times and durations are seconds.
"""

from dataclasses import dataclass
from math import nan
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, ValidatorFunctionWrapHandler, WrapValidator

LATEST = 1e8
"""Seconds, three years: no run lasts so long, so a later time is damage."""

Value = int | float | str | bool | None
"""What a stop rule may say of what it saw."""


def _nan_for_null(value: object, read: ValidatorFunctionWrapHandler) -> object:
    return nan if value is None else read(value)


Time = Annotated[float, Field(ge=0, le=LATEST)]
Length = Annotated[float, WrapValidator(_nan_for_null)]
"""Seconds; NaN (null in the file) for what has no length of its own."""


def key_of(field: str) -> str:
    """The key of a field in the file: `from_` is "from", which Python keeps for itself."""
    return field.rstrip("_")


AS_WRITTEN = ConfigDict(strict=True, allow_inf_nan=False, alias_generator=key_of)
"""Fields are read as they are written: no number from a text, none that is infinite."""

EVENTS: dict[str, type["Event"]] = {}
"""Every type by its name, in the order in which `events` has them."""


@dataclass(frozen=True)
class Event:
    """What every event has: `t`, when it was written. A field that may be left out of the file has the default None."""

    __pydantic_config__: ClassVar[ConfigDict] = AS_WRITTEN
    name: ClassVar[str] = ""
    t: Time

    def __init_subclass__(cls, name: str = "") -> None:
        """A type with a name is one that events.jsonl knows."""
        cls.name = name
        if name:
            EVENTS[name] = cls


@dataclass(frozen=True)
class PlannedStage:
    """A planned step: clients, and how long its ramp and hold are to take (`hold` is NaN for a batch)."""

    __pydantic_config__: ClassVar[ConfigDict] = AS_WRITTEN
    clients: int
    ramp: Length
    hold: Length
