"""Numbers the figures of a report, and points its findings at those of them that it has."""

from .block import Block, Findings
from .chart import Chart
from .finding import Finding, Shown
from .report import Report


def numbered(report: Report) -> Report:
    """The same report with Figure 1, 2, … in the order of its pages.

    A finding names every figure that could show it; those that this report doesn't have are left out.
    """
    numbers = {chart.name: number for number, chart in enumerate(report.charts, 1)}
    sections = tuple(
        section.model_copy(update={"blocks": tuple(_block(block, numbers) for block in section.blocks)})
        for section in report.sections
    )
    named = ("reasons", "answers", "findings")
    found = {name: tuple(_finding(finding, numbers) for finding in getattr(report, name)) for name in named}
    hero = report.hero and _chart(report.hero, numbers)
    return report.model_copy(update={"sections": sections, "hero": hero, **found})


def _block(block: Block, numbers: dict[str, int]) -> Block:
    match block:
        case Chart():
            return _chart(block, numbers)
        case Findings():
            return block.model_copy(update={"findings": tuple(_finding(finding, numbers) for finding in block.findings)})
        case _:
            return block


def _chart(chart: Chart, numbers: dict[str, int]) -> Chart:
    return chart.model_copy(update={"number": numbers[chart.name]})


def _finding(finding: Finding, numbers: dict[str, int]) -> Finding:
    known = {shown.name: numbers[shown.name] for shown in finding.source.figures if shown.name in numbers}
    figures = tuple(Shown(name=name, number=known[name]) for name in sorted(known, key=known.__getitem__))
    return finding.model_copy(update={"source": finding.source.model_copy(update={"figures": figures})})
