"""Why a run comes to its end: by itself, by a stop rule, by a signal, or by what went wrong."""

from dataclasses import dataclass

from load.protocol.exits import INVALID, LIMIT_FAILED
from report.recording.run_info import Reason

STOP = "Stop on Locust's page"
"""Somebody pressed that button: it counts as a signal."""
ORPHANED = "the end of stepload itself"
"""The `stepload run` that started this master was killed: that counts as a signal, too."""
BY_HAND = ("SIGINT", STOP)
"""Signals that a person at the keyboard gives; every other is told as SIGTERM."""
INTERRUPTED_BY_HAND = 130
"""The exit code after one of those, as shells have it for SIGINT."""
INTERRUPTED = 143
"""The exit code after any other signal, as shells have it for SIGTERM."""


@dataclass(frozen=True)
class End:
    """Why a run ended, and what there is to say about it."""

    reason: Reason
    detail: str = ""


class Ending:
    """Collects what would end the run. The first reason counts, unless the run turns out to have failed."""

    def __init__(self) -> None:
        self.end: End | None = None
        """None as long as nothing ends the run."""
        self.signals: list[str] = []
        """The signals that came, by name: one asks for the end, two for the end at once."""
        self.unwritable = False
        """Whether the run folder takes no more."""

    def ask(self, reason: Reason, detail: str = "") -> None:
        """End the run for this reason, unless it ends already."""
        self.end = self.end or End(reason, detail)

    def fail(self, detail: str) -> None:
        """The run can't be carried out, whatever was about to end it; what failed first is what is told."""
        if self.end is None or self.end.reason != "failed":
            self.end = End("failed", detail)

    def fail_to_write(self, error: OSError) -> None:
        """The run folder takes no more."""
        self.unwritable = True
        self.fail(f"the run folder can't be written: {error.strerror}")

    def exit_code(self, ended_step: bool, seeks_limits: bool) -> int:
        """The exit code of the run. `ended_step`: a stop rule ended a step, which is what a run that `seeks_limits` is for."""
        match self.end:
            case End(reason="interrupted"):
                return INTERRUPTED_BY_HAND if self.signals[0] in BY_HAND else INTERRUPTED
            case End(reason="finished" | "stopped" as reason):
                by_rule = reason == "stopped" or ended_step
                return LIMIT_FAILED if by_rule and not seeks_limits else 0
        return INVALID
