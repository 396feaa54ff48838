"""A finding: one thing that a run shows, in words and numbers, with where it can be seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from report.text import count_of, listed, moment

from .model import Level, Model, Number

GRAVITY: tuple[Level, ...] = ("bad", "warning", "note", "good")
"""Levels, the gravest first."""


class Rows(Model):
    """So many rows of a raw file; `which`: what they have in common, if they aren't all of a step or window."""

    file: Literal["jobs.csv", "requests.csv", "samples.csv"]
    count: int
    which: str = ""

    @property
    def text(self) -> str:
        """In words: "396 jobs", "3 jobs (jobs.csv, outcome lost)"."""
        counted = count_of(self.count, self.file.removesuffix("s.csv"))
        return f"{counted} ({self.file}, {self.which})" if self.which else counted


class Shown(Model):
    """A figure that shows something: its name is that of its file (figures/NAME.svg), its number the one in the documents."""

    name: str
    number: int = 0

    @property
    def text(self) -> str:
        """What the documents call it."""
        return f"Figure {self.number}"


class Source(Model):
    """Where in the run a finding can be seen: steps, window (seconds since the start), rows, figures."""

    steps: tuple[int, ...] = ()
    window: tuple[float, float] | None = None
    rows: tuple[Rows, ...] = ()
    figures: tuple[Shown, ...] = ()

    @property
    def text(self) -> str:
        """All but the figures, in words; empty if nothing is named."""
        steps = f"step{'s' * (len(self.steps) > 1)} {_runs(self.steps)}" if self.steps else ""
        window = f"{moment(self.window[0])} to {moment(self.window[1])}" if self.window else ""
        return ", ".join(filter(None, (steps, window, *(rows.text for rows in self.rows))))


def _runs(steps: Sequence[int]) -> str:
    """Numbers of steps, in order: "2", "1 and 3", "1 to 4"."""
    whole = len(steps) > 2 and steps[-1] - steps[0] == len(steps) - 1
    return f"{steps[0]} to {steps[-1]}" if whole else listed(map(str, steps))


class Finding(Model):
    """One thing found: how grave it is, the sentence, the numbers in it, what shows it, and what to do about it.

    `intervals`: (low, high) of those `numbers` that are estimates, by the same names, with 95 % confidence (medians of the
    unloaded service: 90 %, how many times as long it took under load: 85 %; the makespan of a batch: for sure). high is None
    where there is no upper end.
    """

    level: Level
    subject: str
    sentence: str
    numbers: dict[str, Number] = {}  # noqa: RUF012 (pydantic copies its defaults)
    intervals: dict[str, tuple[Number, Number]] = {}  # noqa: RUF012
    evidence: str = ""
    source: Source = Source()
    remedy: str = ""


def gravest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By level; those of one level in the order given."""
    return tuple(sorted(findings, key=lambda finding: GRAVITY.index(finding.level)))
