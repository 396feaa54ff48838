"""What a check finds, and how it shows what it saw."""

from collections.abc import Callable
from dataclasses import dataclass

from load.jobs.answers import Answer

Say = Callable[[str], None]
_SHOWN = 300
"""Letters of a reply that are shown."""


@dataclass(frozen=True)
class Fault:
    """A step that did not go as the profile says. `kind`: of job, or the name of an extra or a watch."""

    kind: str
    what: str


class Shown:
    """Prints each step. `hidden` takes secrets out of what a target says."""

    def __init__(self, say: Say, hidden: Callable[[str], str]) -> None:
        self._say, self._hidden = say, hidden

    def heading(self, text: str) -> None:
        """What the next lines are about."""
        self._say(f"{text}:")

    def step(self, endpoint: str, answer: Answer, read: str) -> None:
        """A request, its reply, and what was read from it."""
        reply = answer.reply
        head = f"  {'ok  ' if answer.ok else 'BAD '} {endpoint}  →  {reply.code or 'no reply'}  {reply.seconds * 1000:.1f} ms"
        self._say(f"{head}  {_plain(self._hidden(read if answer.ok else answer.error))}")
        if not answer.ok:
            self.reply(answer)

    def line(self, good: bool, text: str) -> None:
        """Something else that is right or wrong."""
        self._say(f"  {'ok  ' if good else 'BAD '} {_plain(self._hidden(text))}")

    def reply(self, answer: Answer) -> None:
        """The beginning of a reply that isn't as it should be."""
        if answer.reply.body:
            self._say(f"       the reply was: {_plain(self._hidden(answer.reply.body[:_SHOWN].decode('utf-8', 'replace')))}")


def _plain(text: str) -> str:
    """A target's text with nothing in it that a terminal would obey."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "·" for letter in text)
