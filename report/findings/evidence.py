"""What a finding rests on: where in a run it can be seen, with the rows counted, and how sure its numbers are."""

from collections.abc import Iterable, Sequence

import pandas as pd

from report.analysis.holds import Hold
from report.analysis.run import Analysis
from report.analysis.steps.result import StepResult
from report.document.finding import Rows, Shown, Source
from report.document.model import Number
from report.recording.run import Run
from report.stats.intervals import Interval


def in_steps(analysis: Analysis, steps: Iterable[StepResult | None], *figures: str) -> Source:
    """The holds of these steps, None among them left out: their jobs by when they were due, their requests by when sent."""
    numbers = {step.number for step in steps if step is not None}
    return in_holds([hold for hold in analysis.holds if hold.step.number in numbers], *figures)


def in_holds(holds: Sequence[Hold], *figures: str) -> Source:
    """These holds."""
    if not holds:
        return Source(figures=named(figures))
    jobs, requests = (sum(len(getattr(hold, name)) for hold in holds) for name in ("jobs", "requests"))
    return Source(
        steps=tuple(sorted(hold.step.number for hold in holds)),
        window=(min(hold.start for hold in holds), max(hold.end for hold in holds)),
        rows=(Rows(file="jobs.csv", count=jobs), Rows(file="requests.csv", count=requests)),
        figures=named(figures),
    )


def in_run(run: Run, *figures: str) -> Source:
    """The run as a whole."""
    jobs, requests = len(run.jobs), len(run.requests)
    rows = (Rows(file="jobs.csv", count=jobs), Rows(file="requests.csv", count=requests))
    return Source(window=(0.0, run.end), rows=rows, figures=named(figures))


def in_jobs(jobs: pd.DataFrame, which: str, *figures: str) -> Source:
    """These rows of jobs.csv, of which there must be some: from the first that was due to the last end."""
    window = (float(jobs["due"].min()), float(jobs["ended"].max()))
    return Source(window=window, rows=(Rows(file="jobs.csv", count=len(jobs), which=which),), figures=named(figures))


def named(figures: Iterable[str]) -> tuple[Shown, ...]:
    """Figures by their names."""
    return tuple(Shown(name=name) for name in figures)


def intervals(**estimates: Interval) -> dict[str, tuple[Number, Number]]:
    """The 95 % intervals of a finding's numbers, by the names of these; one that isn't known is left out."""
    return {name: (estimate.low, estimate.high) for name, estimate in estimates.items() if estimate.known}
