"""The results: of steps, or of a batch."""

from report.charts.registry import drawn, figures_of
from report.document.block import Block, Section, Text
from report.document.chart import Chart
from report.validity.assessment import AssessedRun

from .batch import batch_blocks
from .steps import step_blocks

LONG = 6
"""After tables of more steps than this a page has room for a low figure only."""


def chapter(analysis: AssessedRun) -> Section:
    """What was measured, in tables and figures."""
    return Section(id="results", title="Results", blocks=_blocks(analysis))


def _blocks(analysis: AssessedRun) -> tuple[Block, ...]:
    if analysis.run.profile.batch is not None:
        return batch_blocks(analysis)
    if not analysis.steps:
        return (Text(text="No step was begun."),)
    return (*step_blocks(analysis), *_figures(analysis))


def _figures(analysis: AssessedRun) -> list[Chart]:
    """The figures of the chapter; after the first one that of the whole run, where page 1 shows the capacity instead."""
    shown = list(figures_of("results", analysis))
    if len(analysis.steps) > LONG:
        shown.sort(key=lambda chart: chart.name != "throughput")
    if analysis.saturated and analysis.saturated.sought_and_found:
        shown[1:1] = drawn("overview", analysis)
    return shown
