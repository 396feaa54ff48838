"""What a stop rule is given, second by second, and what it says."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar, Self

import orjson
from pydantic import ConfigDict, TypeAdapter, ValidationError

from profiles import Profile, Stop
from profiles.stops import Traits
from report.recording.event import AS_WRITTEN, Value, key_of
from report.recording.event_lines import what_is_wrong
from report.recording.steps import Step

from .history import History, Second


@dataclass(frozen=True)
class Seen(ABC):
    """The numbers that made a stop rule change its state. A field that may be left out has the default None."""

    __pydantic_config__: ClassVar[ConfigDict] = AS_WRITTEN

    @abstractmethod
    def sentence(self) -> str:
        """Why the rule was armed or fired."""

    def encode(self) -> dict[str, Value]:
        """As events.jsonl holds it: a key for each field, without the _ that keeps a field apart from a word of Python."""
        told = {field: getattr(self, field.name) for field in fields(self)}
        return {key_of(field.name): value for field, value in told.items() if value is not None or field.default is not None}

    @classmethod
    def decode(cls, values: Mapping[str, Value]) -> Self:
        """The same from events.jsonl. Raises ValueError, which says what is wrong."""
        try:
            return TypeAdapter(cls).validate_json(orjson.dumps(values))
        except ValidationError as error:
            raise ValueError(what_is_wrong(error)) from None


@dataclass(frozen=True)
class Reading:
    """What a rule sees at one second: `breached`, what it watches for; `confirms`, that it would fire, but wants to see
    it once more; `fires`, for long enough. `near`: 1 where it fires; `seen`: the numbers behind it, where there are any."""

    breached: bool = False
    fires: bool = False
    near: float = 0.0
    seen: Seen | None = None
    confirms: bool = False


@dataclass(frozen=True)
class Moment:
    """What a rule may look at: the history up to a second, the step it lies in, and the step that just ended."""

    history: History
    profile: Profile
    newest: Second
    step: Step | None
    held: int
    """Whole seconds of the present hold that the history has; 0 outside a hold."""
    ended: Step | None
    baseline: Step | None = None
    """What came before the first step, once it has begun."""


class Rule(ABC):
    """One stop condition; `read` is called once for each second, in order."""

    sees: ClassVar[type[Seen]]
    """What its readings hold."""

    @property
    @abstractmethod
    def ends_when(self) -> str:
        """When it fires, as the report's load profile says it."""

    def __init__(self, stop: Stop) -> None:
        self.label, self.then = stop.label, stop.then

    @abstractmethod
    def read(self, moment: Moment) -> Reading:
        """What the rule sees at this second."""

    def renew(self) -> None:  # noqa: B027
        """A step that this rule ended is over: the next one is judged by itself."""


class BuiltIn(Rule):
    """A stop rule that has a name. Its file holds all that stepload knows of it: how it judges, and how the report says so."""

    name: ClassVar[str]
    """As a profile calls it."""
    traits: ClassVar[Traits]
    """What it compares; as the table in profiles/stops.py has it."""
    broke: ClassVar[str]
    """What broke where it fired."""
