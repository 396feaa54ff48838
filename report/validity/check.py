"""What one check of a measurement says, and what it may look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from report.analysis.generators import Health
from report.analysis.outcomes import Outcomes
from report.analysis.resources import Usage
from report.analysis.steps.result import Capacity, StepResult
from report.analysis.unloaded import Baseline
from report.recording.run import Run

Level = Literal["ok", "note", "qualified", "invalid"]


@dataclass(frozen=True)
class Check:
    """One thing that was checked: `sentence` says what was found, with its numbers; `remedy` what to do about it."""

    name: str
    level: Level
    sentence: str
    numbers: Mapping[str, float]
    remedy: str = ""


@dataclass(frozen=True)
class Facts:
    """What the checks look at."""

    run: Run
    outcomes: Outcomes
    steps: Sequence[StepResult]
    capacity: Capacity
    usage: Sequence[Usage]
    health: Sequence[Health]
    baseline: Baseline | None = None

    @property
    def sealed(self) -> bool:
        """Whether the run was closed in order, so that its counts and hashes are final."""
        return self.run.info.end is not None
