"""What every part of a document is: a frozen record, in numbers and words that JSON can hold."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict

Level = Literal["good", "note", "warning", "bad"]
"""How grave something is."""
Number = float | int | None
"""A number in a report; None where there is none, or where it isn't finite."""


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


def plain(value: Number) -> Number:
    """The number, or None for what isn't one."""
    return None if value is None or not math.isfinite(value) else value
