"""The documents: the same numbers everywhere, nothing but text from the target, a PDF that is whole."""

import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from markdown_it import MarkdownIt

from report.compose import compose
from report.document.block import Section
from report.document.report import Report
from report.document.table import Table
from report.recording.run import read_run
from report.render.html import render_html
from report.render.layout import first_findings, first_reasons
from report.render.markdown import escape_markdown, fence, render_markdown
from report.render.pdf import render_pdf
from report.render.svg import draw
from tests.report.conftest import HOSTILE, Made, squeeze
from tests.report.kinds import crowded


def pdf_text(pdf: pypdfium2.PdfDocument, page: int | None = None) -> str:
    pages = range(len(pdf)) if page is None else [page]
    return squeeze("".join(pdf[i].get_textpage().get_text_bounded() for i in pages))


def sentences(report: Report) -> list[str]:
    found = [*report.answers, *report.reasons]
    return [text for finding in found for text in (finding.sentence, finding.evidence) if text]


def test_golden(documents: Made, golden: Callable[[str, str], None]) -> None:
    golden("breaks.md", documents.text("report.md"))
    golden("breaks.json", documents.text("report.json"))


def test_the_json_is_the_report(documents: Made) -> None:
    assert Report.model_validate_json(documents.text("report.json")) == documents.report


def test_markdown_and_html_say_what_the_json_says(documents: Made) -> None:
    markdown, page = documents.text("report.md"), html.unescape(documents.text("report.html"))
    for sentence in sentences(documents.report):
        assert escape_markdown(sentence) in markdown
        assert squeeze(sentence) in squeeze(page)
    for section in documents.report.sections:
        for table in (block for block in section.blocks if isinstance(block, Table)):
            for row in table.rows:
                assert f"| {' | '.join(escape_markdown(cell.text) for cell in row)} |" in markdown


def test_pdf(documents: Made) -> None:
    pdf = pypdfium2.PdfDocument(documents.folder / "report" / "report.pdf")
    assert 8 <= len(pdf) <= 13
    text = pdf_text(pdf)
    for sentence in sentences(documents.report):
        assert squeeze(sentence) in text
    first = pdf_text(pdf, 0)
    for finding in documents.report.answers:
        assert squeeze(finding.sentence) in first
    assert documents.report.hero is not None
    assert squeeze(documents.report.hero.caption) in first and "jobsinflight" in first
    titles = [bookmark.get_title() for bookmark in pdf.get_toc()]
    assert titles == [documents.report.title, *(section.title for section in documents.report.sections)]
    assert pdf.get_metadata_value("Title") == f"{documents.report.title}: load test {documents.report.run}"


def test_the_pdf_renderer_has_nothing_to_say(documents: Made, hostile: Made) -> None:
    assert documents.log == () and hostile.log == ()


def test_the_same_bytes_again(documents: Made) -> None:
    report = compose(read_run(documents.folder))
    figures = {chart.name: draw(chart) for chart in report.charts}
    page = render_html(report, figures)
    written = documents.folder / "report"
    assert report.model_dump_json(indent=1) + "\n" == documents.text("report.json")
    assert render_markdown(report) == documents.text("report.md")
    assert page == documents.text("report.html")
    assert render_pdf(page) == (written / "report.pdf").read_bytes()


def test_figures_are_small_vectors_with_text(documents: Made) -> None:
    files = sorted((documents.folder / "report" / "figures").iterdir())
    assert files and [file.stem for file in files] == sorted(chart.name for chart in documents.report.charts)
    for file in files:
        svg = file.read_text()
        assert len(svg) < 200_000
        assert "<text" in svg and "<image" not in svg and "<style" not in svg and " style=" not in svg


def test_the_page_is_whole_in_itself(documents: Made) -> None:
    page = documents.text("report.html")
    assert not re.search(r"""(src|href)=["'](?!#)""", page.replace('xlink:href="#', ""))
    assert "<script" not in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_page_1_of_a_run_with_much_to_say_is_one_page(tmp_path: Path) -> None:
    report = compose(read_run(crowded(tmp_path / "crowded")))
    assert len(report.findings) > len(first_findings(report.findings)) == 3 and len(report.facts) < 20
    pictures = [Section(id=chart.name, title=chart.title, blocks=(chart,)) for chart in report.charts[1:]]
    short = report.model_copy(update={"sections": (report.sections[0], *pictures)})
    page = render_html(short, {chart.name: draw(chart) for chart in short.charts})
    with pypdfium2.PdfDocument(render_pdf(page)) as pdf:
        first = pdf_text(pdf, 0)
        assert squeeze(report.sections[0].title) not in first and squeeze(report.sections[0].title) in pdf_text(pdf, 1)
    assert report.hero is not None
    said = [
        report.hero.caption,
        f"{len(report.findings) - 3} more: see Findings.",
        *(found.sentence for found in first_findings(report.findings)),
    ]
    for text in (
        *said,
        *(answer.sentence for answer in report.answers),
        *(reason.sentence for reason in first_reasons(report.reasons)),
    ):
        assert squeeze(text) in first


def test_hostile_text_stays_text(hostile: Made) -> None:
    page, markdown = hostile.text("report.html"), hostile.text("report.md")
    assert "<script" not in page and "<img" not in page and "onerror=alert(1)&gt;" in page
    shown = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
    assert "<script" not in shown and "href=" not in shown
    assert set(re.findall(r'<img src="([^"]*)"', shown)) == {f"figures/{chart.name}.svg" for chart in hostile.report.charts}
    tables = [line for line in markdown.splitlines() if line.startswith("| job |")]
    assert tables
    for line in tables:
        assert len(re.findall(r"(?<!\\)\|", line)) == 7
    pdf = pypdfium2.PdfDocument(hostile.folder / "report" / "report.pdf")
    assert squeeze(HOSTILE[0]) in pdf_text(pdf)


def test_nothing_leaves_the_page(hostile: Made) -> None:
    pdf = pypdfium2.PdfDocument(hostile.folder / "report" / "report.pdf")
    for number, page in enumerate(pdf, 1):
        width = page.get_width()
        for obj in page.get_objects():
            left, low, right, top = obj.get_bounds() if hasattr(obj, "get_bounds") else obj.get_pos()
            text = page.get_textpage().get_text_bounded(left, low, width, top)
            assert left > -1 and right < width + 1, f"page {number}: {left:.0f} to {right:.0f} of {width:.0f}, beside {text!r}"


@pytest.mark.parametrize("text", ["`", "```", "a ```` b", ""])
def test_a_fence_is_longer_than_what_it_holds(text: str) -> None:
    fenced = fence(text)
    ticks = fenced.split("\n")[0]
    assert ticks not in text and fenced.endswith(ticks)


def test_no_paths_of_this_machine(documents: Made) -> None:
    for name in ("report.json", "report.md", "report.html"):
        assert str(documents.folder.parent) not in documents.text(name)
    assert json.loads(documents.text("report.json"))["run"] == documents.folder.name


def test_an_empty_run_has_a_report(tmp_path: Path, documents: Made) -> None:
    import shutil

    from tests.altering import crash

    folder = Path(shutil.copytree(documents.folder, tmp_path / "empty"))
    crash(folder, requests=0, jobs=0, samples=0, events=0)
    report = compose(read_run(folder))
    page = render_html(report, {chart.name: draw(chart) for chart in report.charts})
    assert report.trust == "INVALID" and report.hero is None
    assert "No request was recorded" in page
    assert "No request was recorded" in render_markdown(report)
