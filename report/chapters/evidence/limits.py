"""The limits that the profile sets, and how each was judged."""

import math

from report.analysis.limits import JudgedLimit, least_rate
from report.document.block import Section
from report.document.model import Level
from report.document.table import Cell, Column, Table, table, words
from report.findings.limits import doubt_text, limit_text, measured_text
from report.validity.assessment import AssessedRun

BY_POLLS = "with the reply that first saw the job done"
"""When a job ends for a limit on its time, where the service tells no times that may be used."""
BY_TIMESTAMPS = "by the service's own timestamps, as in the latency chapter"
"""When it ends where the service tells them."""
LIMIT_LEVELS: dict[str, Level] = {
    "pass": "good",
    "warn": "warning",
    "fail": "bad",
    "undecided": "warning",
    "not measured": "note",
}
"""How a judgement colours its row."""


def chapter(analysis: AssessedRun) -> Section | None:
    """Every limit with its judgement; no chapter where the profile sets none."""
    if not analysis.limits:
        return None
    return Section(id="limits", title="Limits set in the profile", blocks=(_table(analysis),))


def _table(analysis: AssessedRun) -> Table:
    limits = analysis.limits
    rising = analysis.run.profile.load.seeks_limits and any(least_rate(limit.condition) for limit in limits)
    every = "all steps" if analysis.run.profile.batch is None else "the whole batch"
    over = "the sustained steps" if analysis.run.profile.load.seeks_limits else every
    return table(
        f"Limits, judged over {over}",
        (Column(title="Limit", words=True), words(*(limit_text(limit) for limit in limits))),
        (Column(title="Measured"), [_measured(limit) for limit in limits]),
        (Column(title="Remark", words=True), words(*(doubt_text(limit) for limit in limits))),
        (Column(title="Judgement", words=True), words(*(limit.judgement for limit in limits))),
        marks=[LIMIT_LEVELS[limit.judgement] for limit in limits],
        note="Warn: met, but by less than a tenth of the limit. Undecided: polls see the end of a job too late to tell. "
        f"Times of jobs end {BY_TIMESTAMPS if analysis.completion.way == 'timestamps' else BY_POLLS}."
        + " A rate of so much or more is that of the step with the highest."
        * rising,
    )


def _measured(limit: JudgedLimit) -> Cell:
    text = measured_text(limit)
    return Cell(text=text) if math.isnan(limit.measured) else Cell(text=text, value=limit.measured)
