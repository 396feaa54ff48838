"""What grew under constant load, how fast, and when it meets its limit."""

import math

from profiles.shapes import HoldLoad
from report.analysis.leaks import Crept, Leaks
from report.charts.registry import figures_of
from report.document.block import Block, Findings, Section, Text
from report.document.cells import p_cell
from report.document.model import plain
from report.document.table import Cell, Column, Table, table, words
from report.findings.leaks import PER, leak_finding, metric_name, range_text, time_left, value_text
from report.stats.trend import ALPHA, BLOCKS, PERIODS, SAMPLES
from report.text import NONE, span
from report.validity.assessment import AssessedRun

VERDICTS = {"leak": "grows steadily", "none": "no steady growth", "inconclusive": "not known"}
"""The verdict on a metric, in the words of the table."""


def chapter(analysis: AssessedRun) -> Section | None:
    """What grew under constant load, how fast, and when it meets its limit; no chapter for loads too short to show it."""
    leaks = analysis.leaks
    if leaks is None or (leaks.end - leaks.start < leaks.least and not isinstance(analysis.run.profile.load, HoldLoad)):
        return None
    return Section(id="leaks", title="Leaks", blocks=_blocks(leaks, analysis))


def _blocks(leaks: Leaks, analysis: AssessedRun) -> tuple[Block, ...]:
    if leaks.end - leaks.start < leaks.least:
        said = (
            f"Not known: the longest step was held for {span(leaks.end - leaks.start)}, and to tell a leak from a warm-up takes "
            f"{span(leaks.least)} under constant load (method.leak_min)."
        )
        return (Text(text=said),)
    finding = leak_finding(leaks, analysis.holds)
    return (*([Findings(findings=(finding,))] if finding else []), *figures_of("leaks", analysis), _table(leaks))


def _table(leaks: Leaks) -> Table:
    rows = sorted(leaks.all, key=lambda crept: crept.trend.verdict != "leak")
    return table(
        f"What became of each metric in {span(leaks.end - leaks.start)} under constant load",
        (Column(title="Metric", words=True), words(*(metric_name(crept) for crept in rows))),
        (Column(title="Median"), [_cell(crept, crept.trend.median) for crept in rows]),
        (Column(title="Growth", unit="per hour"), [_cell(crept, crept.trend.slope * 3600) for crept in rows]),
        (Column(title="95 % interval", unit="per hour"), [_interval(crept) for crept in rows]),
        (Column(title="Growth", unit=f"per {PER:,} jobs"), [_cell(crept, crept.per_job * PER) for crept in rows]),
        (Column(title="p", unit="of no trend"), [p_cell(crept.trend.p) for crept in rows]),
        (Column(title="Limit"), [_cell(crept, crept.exhaustion.limit if crept.exhaustion else math.nan) for crept in rows]),
        (Column(title="Reached", unit="after the step"), [_reached(crept) for crept in rows]),
        (Column(title="Verdict", words=True), words(*(_verdict(crept) for crept in rows))),
        marks=["bad" if crept.trend.verdict == "leak" else "" for crept in rows],
        note=(
            f"Judged on the medians of {BLOCKS} equal parts of the last two thirds. Growth is the median of all slopes between "
            f"them. It is steady if it is no chance (p < {ALPHA:g}, all metrics taken together), large enough to matter, and "
            "goes on in the second half. There is none where its interval rules out growth that matters. Limit: open files that "
            "the process may have, or the memory of the machine. Response times last until polls saw the jobs done."
        ),
    )


def _verdict(crept: Crept) -> str:
    reasons = {
        "few samples": f"fewer than {SAMPLES} samples",
        "few periods": f"comes and goes, fewer than {PERIODS} times",
        "too uncertain": "varies too much to rule it out",
        "too little": "grew, by too little to matter yet",
        "slowing": "grew, but less and less",
        "chance": "grew, maybe by chance",
    }
    reason = reasons.get(crept.trend.reason, "")
    return VERDICTS[crept.trend.verdict] + (f": {reason}" if reason else "")


def _cell(crept: Crept, value: float) -> Cell:
    return Cell(text=value_text(crept, value), value=plain(value))


def _interval(crept: Crept) -> Cell:
    low, high = crept.trend.low * 3600, crept.trend.high * 3600
    return Cell(text=range_text(crept, low, high) if math.isfinite(low) else NONE)


def _reached(crept: Crept) -> Cell:
    if not crept.exhaustion:
        return Cell(text=NONE)
    met = crept.exhaustion.expected <= 0
    return Cell(text=f"{time_left(crept)} before its end" if met else time_left(crept), value=crept.exhaustion.expected)
