"""Which figures the results show, and in which order."""

from dataclasses import replace

from report.analysis.run import Analysis
from report.chapters.measurements import results
from report.document.block import Text
from report.document.chart import Chart


def names(analysis: Analysis) -> list[str]:
    return [block.name for block in results.chapter(analysis).blocks if isinstance(block, Chart)]


def test_the_load_comes_first_where_the_tables_leave_room(breaks: Analysis) -> None:
    assert names(breaks) == ["load", "throughput", "in_flight"]
    many = replace(breaks, steps=breaks.steps * 3)
    assert len(many.steps) > results.LONG
    assert names(many) == ["throughput", "load", "in_flight"]


def test_a_run_without_steps_says_so(breaks: Analysis) -> None:
    assert results.chapter(replace(breaks, steps=())).blocks == (Text(text="No step was begun."),)
