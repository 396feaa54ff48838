"""What one check of a measurement says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

CheckLevel = Literal["ok", "note", "qualified", "invalid"]


@dataclass(frozen=True)
class Check:
    """One thing that was checked: `sentence` says what was found, with its numbers; `remedy` what to do about it."""

    name: str
    level: CheckLevel
    sentence: str
    numbers: Mapping[str, float]
    remedy: str = ""
