"""What a stop rule is given, second by second, and what it says."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

from profiles import Profile, Stop
from report.recording.steps import Step

from .history import History, Second

Values = dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """What a rule sees at one second: `breached`, what it watches for; `confirms`, that it would fire, but wants to see
    it once more; `fires`, for long enough. `near`: 1 where it fires."""

    breached: bool = False
    fires: bool = False
    near: float = 0.0
    values: Values = field(default_factory=dict)
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

    def __init__(self, stop: Stop) -> None:
        self.label, self.then = stop.label, stop.then

    @abstractmethod
    def read(self, moment: Moment) -> Reading:
        """What the rule sees at this second."""

    def renew(self) -> None:  # noqa: B027
        """A step that this rule ended is over: the next one is judged by itself."""
