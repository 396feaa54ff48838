"""Figures are numbered in the order of the pages, and findings point at those that there are."""

from report.document.block import Findings, Section
from report.document.chart import Chart
from report.document.finding import Finding, Shown, Source
from report.document.numbering import numbered
from report.document.report import Report


def chart(name: str) -> Chart:
    return Chart(name=name, title="", caption="", x_title="", panels=())


def found(*figures: str) -> Finding:
    return Finding(level="note", subject="a", sentence="a", source=Source(figures=tuple(Shown(name=name) for name in figures)))


def report_of(hero: Chart | None, *sections: Section, answers: tuple[Finding, ...] = ()) -> Report:
    return Report(
        title="a", run="b", facts=(), trust="VALID", trust_sentence="", reasons=(), answers=answers, hero=hero, sections=sections
    )


def test_page_1_comes_first() -> None:
    report = numbered(report_of(chart("b"), Section(id="a", title="", blocks=(chart("c"), chart("a")))))
    assert [(each.name, each.number) for each in report.charts] == [("b", 1), ("c", 2), ("a", 3)]


def test_findings_name_those_that_there_are_in_the_order_of_their_numbers() -> None:
    section = Section(id="a", title="", blocks=(chart("x"), Findings(findings=(found("nowhere", "x", "hero"),))))
    report = numbered(report_of(chart("hero"), section, answers=(found("x", "hero", "x"), found("nowhere"))))
    first, second = report.answers
    assert [(shown.name, shown.text) for shown in first.source.figures] == [("hero", "Figure 1"), ("x", "Figure 2")]
    assert second.source.figures == ()
    (block,) = (block for block in report.sections[0].blocks if isinstance(block, Findings))
    assert [shown.number for shown in block.findings[0].source.figures] == [1, 2]


def test_numbering_twice_is_numbering_once() -> None:
    once = numbered(report_of(None, Section(id="a", title="", blocks=(chart("x"),)), answers=(found("x"),)))
    assert numbered(once) == once
