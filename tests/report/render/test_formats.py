"""Which documents are written, and that each stands on what was written with it."""

import re
from pathlib import Path

import pytest

from profiles import UserError
from report.document.chart import Chart, Panel, Series
from report.document.report import Report
from report.render import formats as registry
from report.render.documents import write_documents
from report.render.formats import FORMATS, WITHOUT_PDF, Rendering, formats_named


@pytest.fixture
def report() -> Report:
    line = Series(label="a", role="all", x=(0.0, 1.0), y=(1.0, 2.0))
    hero = Chart(name="overview", title="a", caption="b", x_title="", panels=(Panel(title="", dimension="rate", series=(line,)),))
    return Report(
        title="a", run="b", facts=(), trust="VALID", trust_sentence="", reasons=(), answers=(), hero=hero, sections=()
    )  # fmt: skip


def written(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize(
    ("asked", "files"),
    [
        ("html", {"report.html"}),
        ("pdf", {"report.pdf"}),
        ("json,html", {"report.json", "report.html"}),
        (" md , ", {"report.md", "figures/overview.svg"}),
        ("", {"report.json", "report.md", "report.html", "report.pdf", "figures/overview.svg"}),
    ],
)
def test_what_is_asked_for_is_written_with_what_it_needs(report: Report, tmp_path: Path, asked: str, files: set[str]) -> None:
    write_documents(report, tmp_path / "out", formats_named(asked))
    assert written(tmp_path / "out") == files


def test_a_format_that_is_not_known_is_named_with_those_that_are() -> None:
    with pytest.raises(UserError, match=r'^--format: "docx" is none of json, svg, md, html, pdf$'):
        formats_named("html,docx")


def test_all_but_the_pdf() -> None:
    assert {each.name for each in FORMATS} - {each.name for each in WITHOUT_PDF} == {"pdf"}


def test_every_format_is_told_apart_and_lies_where_it_says(report: Report) -> None:
    made = Rendering(report)
    for each in FORMATS:
        assert all(name == each.place or name.startswith(f"{each.place}/") for name in each.files(made))
    assert len({each.name for each in FORMATS}) == len({each.place for each in FORMATS}) == len(FORMATS)


def test_figures_are_drawn_once_and_only_if_a_format_asks(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def counted(chart: Chart) -> str:
        drawn.append(chart.name)
        return "<svg/>"

    monkeypatch.setattr(registry, "draw", counted)
    made = Rendering(report)
    for each in formats_named("json"):
        each.files(made)
    assert not drawn
    for each in WITHOUT_PDF:
        each.files(made)
    assert drawn == ["overview"]


def test_markdown_refers_to_figures_that_are_written_with_it(report: Report, tmp_path: Path) -> None:
    write_documents(report, tmp_path, formats_named("md"))
    named = set(re.findall(r"\]\((figures/[^)]*)\)", (tmp_path / "report.md").read_text()))
    assert named and named <= written(tmp_path)
