"""Where a service tells its own times of a job: in the reply to submit, status or result, as moments or as durations."""

from typing import Annotated, Literal

from pydantic import AfterValidator

from profiles.fields import Table
from profiles.paths import SLOT, checked

TOLD_IN = ("submit", "status", "result")
Call = Literal["submit", "status", "result"]


def place_of(text: str) -> tuple[str, str]:
    """The call whose reply it is in (status where none is said), and the JMESPath."""
    call, colon, path = text.partition(":")
    return (call, path) if colon and call in TOLD_IN else ("status", text)


def _checked(text: str) -> str:
    _ = text and checked(SLOT.sub("x", place_of(text)[1]))
    return text


TimePath = Annotated[str, AfterValidator(_checked)]
"""A JMESPath, as in finished_at, with `submit:` or `result:` before it where another reply than that to status tells it."""


class Times(Table):
    """The server's own times. Moments: ISO 8601, or seconds, ms, µs or ns since 1970; durations (`waited`, `ran`): seconds."""

    created: TimePath = ""
    started: TimePath = ""
    finished: TimePath = ""
    waited: TimePath = ""
    ran: TimePath = ""

    def told_in(self, call: Call) -> dict[str, str]:
        """The times that the reply to a call tells: JMESPaths by name."""
        placed = {name: place_of(text) for name, text in self.model_dump().items() if text}
        return {name: path for name, (where, path) in placed.items() if where == call}

    def tells(self, moment: str) -> bool:
        """Whether a moment (created, started, finished) is told, or follows from another and a duration."""
        match moment:
            case "created":
                return bool(self.created or (self.waited and (self.started or (self.finished and self.ran))))
            case "started":
                return bool(self.started or (self.created and self.waited) or (self.finished and self.ran))
            case _:
                return bool(self.finished or (self.ran and (self.started or (self.created and self.waited))))
