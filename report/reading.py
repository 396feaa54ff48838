"""What a stop rule is given, second by second, and what it says."""

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from profiles import Profile

from .history import History, Second
from .steps import Step

Values = dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """What a rule sees at one second."""

    breached: bool = False
    fires: bool = False
    near: float = 0.0
    values: Values = field(default_factory=dict)


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


class Rule(Protocol):
    """One stop condition; `read` is called once for each second, in order."""

    label: str
    then: Literal["stop", "note"]

    def read(self, moment: Moment) -> Reading:
        """What the rule sees at this second."""
