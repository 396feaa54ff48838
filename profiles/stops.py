"""When a test stops, and what is judged at its end."""

import re
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field, model_validator

from .conditions import SHORTEST_INCREASE, Condition
from .fields import Count, Duration, Share, Table
from .units import duration_text

LONGEST_OVER_ROWS = 600.0
"""Seconds that a condition on requests or jobs may look back over: their rows are kept in memory."""
LONGEST_OVER = 86_400.0
"""Seconds that a condition on samples may look back over: there is one a second of each, so they take little memory."""


class Traits(NamedTuple):
    """What a profile must know of a stop rule. `compares_steps`: it judges one load against others, or needs one that is held;
    `fires_beyond_capacity`: it does so wherever a service is asked for more than it can do."""

    compares_steps: bool = False
    fires_beyond_capacity: bool = False


RULES: dict[str, Traits] = {
    "errors": Traits(),
    "outage": Traits(),
    "plateau": Traits(compares_steps=True, fires_beyond_capacity=True),
    "fall": Traits(compares_steps=True),
    "latency-rise": Traits(compares_steps=True, fires_beyond_capacity=True),
    "backlog": Traits(compares_steps=True, fires_beyond_capacity=True),
    "stalled": Traits(),
}
"""The built-in stop rules. Each is a file of report/rules: its name, with _ for -."""

if TYPE_CHECKING:
    RuleName = str
else:
    RuleName = Literal[tuple(RULES)]

Then = Literal["stop", "next", "note"]


def _of(text: str) -> str:
    match = re.fullmatch(r"(\d{1,3}) of (\d{1,3})", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise ValueError(f'{text!r} is not how many windows of how many, as in "3 of 4"')
    return text


class Stop(Table):
    """A stop condition: one of the built-in rules, or any condition that holds long enough.

    A condition is measured each second over the last `over` seconds, and must be true `for` so long, or in so many `of`
    the last windows.
    """

    rule: RuleName | None = None
    when: str | None = None
    for_: Duration = Field(default=10.0, alias="for")
    over: Duration | None = None
    of: Annotated[str, AfterValidator(_of)] | None = None
    least: Count | None = None
    missing: Literal["false", "skip", "true"] = "false"
    tolerate: Share = 0.01
    then: Then = "stop"

    @model_validator(mode="after")
    def _keys_go_together(self) -> "Stop":
        if (self.rule is None) == (self.when is None):
            raise ValueError('a stop condition has either a rule or a "when"')
        if "tolerate" in self.model_fields_set and self.rule != "errors":
            raise ValueError("tolerate belongs to the rule errors alone")
        for key, field in (("for", "for_"), ("over", "over"), ("of", "of"), ("least", "least"), ("missing", "missing")):
            if field in self.model_fields_set and self.when is None:
                raise ValueError(f'"{key}" belongs to a "when"; the built-in rules have their own windows')
        if self.of and "for_" in self.model_fields_set:
            raise ValueError('a condition is true either "for" so long or in so many "of" the last windows, not both')
        return self

    @property
    def label(self) -> str:
        """The rule's name, or the condition as written."""
        return self.rule or str(self.when)

    @property
    def lasting(self) -> float:
        """Seconds that the condition must be true; with a window of its own, once is enough unless it says otherwise."""
        return 0.0 if self.over is not None and "for_" not in self.model_fields_set else self.for_

    @property
    def windows(self) -> tuple[int, int] | None:
        """(k, n) where k of the last n windows must be true."""
        if self.of is None:
            return None
        k, _, n = self.of.partition(" of ")
        return int(k), int(n)


def check_window(place: str, stop: Stop, condition: Condition) -> None:
    """Whether a condition can be seen over its window; ValueError says why not."""
    shortest = SHORTEST_INCREASE if condition.increase else 1.0
    longest = LONGEST_OVER_ROWS if condition.on_rows else LONGEST_OVER
    if condition.increase and stop.over is None:
        raise ValueError(f'{place}: {stop.when!r} needs "over": the time within which the increase happens')
    if stop.over is not None and not shortest <= stop.over <= longest:
        raise ValueError(
            f'{place}: "over" of {stop.when!r} is {duration_text(stop.over)}; '
            f"allowed: {duration_text(shortest)} to {duration_text(longest)}"
        )


class Limit(Table):
    """What the report judges at the end: pass, warn (over 90 % of the limit), fail."""

    that: str
