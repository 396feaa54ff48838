"""The report as data: what report.json holds, and all that the documents are rendered from.

Numbers are in seconds, bytes, shares and per second (`value`), beside the text that the documents print.
"""

from __future__ import annotations

from typing import Literal

from .block import Section
from .chart import Chart
from .finding import Finding
from .model import Model, Number

Trust = Literal[
    "VALID", "QUALIFIED", "INVALID", "IMPORTED",
    "REGRESSION", "IMPROVEMENT", "EQUIVALENT", "INCONCLUSIVE", "SCALES", "NO SPEED-UP",
]  # fmt: skip
"""What stands at the head of page 1: whether the measurement is sound, or what a comparison found."""
FORMAT = 1
"""Number of the format of report.json."""


class CapacityFigure(Model):
    """A capacity in jobs per second, with its 95 % interval where there is one.

    `method`: "saturation" (the maximum throughput: where it stops growing) or "sustained" (the steady throughput: what the
    last step sustained completed). `clients`: the load at which it is reached. `at_least`: the true one may be higher; so it may
    wherever it is but a step that was sustained.
    """

    value: float
    low: float | None = None
    high: float | None = None
    method: Literal["saturation", "sustained"]
    clients: int
    at_least: bool


class LoadFigure(Model):
    """One load that page 1 tells of: jobs per second (`value`, with its 95 % interval where there is one) that so many `clients`
    make; None where it isn't known, for which its answer on page 1 gives the reason.

    A breaking point is told in jobs offered, the others in jobs completed. `lower`, `upper`: numbers of the steps between which
    the true one lies. `because`: the rule or the limits that decide. `at_least`: the true one may be higher.
    """

    name: Literal["optimal", "within limits", "maximum", "breaking point"]
    value: Number = None
    low: Number = None
    high: Number = None
    clients: int | None = None
    lower: int | None = None
    upper: int | None = None
    because: tuple[str, ...] = ()
    at_least: bool = False


class Report(Model):
    """A report, or a comparison (`kind`), whose result stands in the place of `trust`.

    `trust` and its `reasons`, the `answers`, the gravest `findings` and the `hero` figure make page 1.
    """

    format: int = FORMAT
    kind: str = "Load test report"
    title: str
    run: str
    facts: tuple[tuple[str, str], ...]
    trust: Trust
    trust_sentence: str
    reasons: tuple[Finding, ...]
    answers: tuple[Finding, ...]
    findings: tuple[Finding, ...] = ()
    """What else was found, the gravest first; page 1 has the first few, a chapter has all."""
    hero: Chart | None
    sections: tuple[Section, ...]
    capacity: CapacityFigure | None = None
    """What an endurance run takes its share of; None where no capacity was found."""
    loads: tuple[LoadFigure, ...] = ()
    """Optimal, within limits, maximum (where anything was completed), breaking point; empty where the load was not made to find
    them."""
    limits: tuple[str, ...] = ()
    """How each [[limit]] was judged: pass, warn, fail, undecided, not measured."""

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Every figure, in order."""
        inside = [block for section in self.sections for block in section.blocks if isinstance(block, Chart)]
        return tuple([self.hero, *inside] if self.hero else inside)
