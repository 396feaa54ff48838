"""What the pages of a PDF look like: two of a made-up report, as pictures, against those that somebody has looked at.

Words and numbers of real reports are tested elsewhere; here it is the template, the style sheet and the figures.
"""

from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from report.document.block import Code, Facts, Findings, Items, Section, Text
from report.document.chart import Band, Chart, Mark, Panel, Series
from report.document.finding import Finding
from report.document.numbering import numbered
from report.document.report import Report
from report.document.table import Cell, Column, Table
from report.render.html import render_html
from report.render.pdf import render_pdf
from report.render.svg import draw

GOLDEN = Path(__file__).parents[2] / "golden"
SCALE = 0.6
BLOCK = 6
"""Pixels of a square whose mean is compared: fonts are smoothed differently by other versions of a library."""
APART = 45.0
"""Grey levels (of 255) by which the mean of a square may differ."""
WORDS = "Jobs arrived faster than they were completed, so that more and more of them waited for one of the workers. "


def line(label: str, role: str, style: str, *y: float) -> Series:
    return Series.model_validate(
        {"label": label, "role": role, "style": style, "x": tuple(10.0 * i for i in range(len(y))), "y": y}
    )


def chart(name: str) -> Chart:
    above = (
        line("offered", "offered", "dashed", 0, 5, 5, 10, 10, 15, 15),
        line("completed", "completed", "line", 0, 5, 5, 9, 10, 12, 12),
    )
    flying = (line("running", "running", "area", 0, 2, 2, 4, 4, 5, 5), line("queued", "queued", "area", 0, 1, 1, 2, 9, 30, 60))
    return Chart(
        name=name, title="The run at a glance", caption="Jobs arrived faster than they were completed.", x_title="",
        panels=(Panel(title="jobs/s", dimension="rate", series=above, tall=True), Panel(title="jobs", dimension="number", series=flying)),
        bands=(Band(start=5, end=25, text="25", level="good"), Band(start=45, end=60, text="75", level="bad")),
        marks=(Mark(x=50, text="backlog fired"),),
    )  # fmt: skip


def grid(title: str, columns: int, rows: int, words: str) -> Table:
    heads = (*(Column(title=f"Column {i}", unit="ms") for i in range(columns)), Column(title="Verdict", words=True))
    cells = tuple((*(Cell(text=f"{row * i:,}.5") for i in range(columns)), Cell(text=words)) for row in range(rows))
    return Table(title=title, columns=heads, rows=cells, marks=("good", "bad", *[""] * (rows - 2)), note=WORDS)


def finding(level: str, subject: str) -> Finding:
    return Finding.model_validate(
        {"level": level, "subject": subject, "sentence": WORDS * 2, "evidence": WORDS, "remedy": "Run more workers."}
    )


@pytest.fixture(scope="module")
def pages() -> list[Image.Image]:
    reason = Finding(level="warning", subject="Machines", sentence=WORDS.strip())
    blocks = (
        Text(text=WORDS), grid("A wide table", 9, 3, "UNSUSTAINED (cut off)"), grid("A narrow table", 2, 3, "fine"), chart("second"),
        Facts(facts=(("Run", "made up"), ("Version", "1.0"))), Items(items=(WORDS, WORDS)), Findings(findings=(finding("bad", "Leaks"),)),
        Code(text="stepload report path/to/run"),
    )  # fmt: skip
    report = Report(
        title="Simple Service", run="made-up", facts=(("Run", "made-up"), ("Length", "60 s")), trust="QUALIFIED",
        trust_sentence="The measurement can be used, with these reservations:", reasons=(reason,) * 4,
        answers=tuple(finding(level, f"Answer {level}") for level in ("good", "note", "warning", "bad", "good", "bad")),
        findings=(finding("warning", "Bottleneck"),), hero=chart("first"),
        sections=(Section(id="all", title="All kinds of blocks", blocks=blocks),),
    )  # fmt: skip
    report = numbered(report)
    page = render_html(report, {each.name: draw(each) for each in report.charts})
    with pypdfium2.PdfDocument(render_pdf(page)) as pdf:
        return [page.render(scale=SCALE, grayscale=True).to_pil().convert("L") for page in pdf]


def blocks_of(picture: Image.Image) -> np.ndarray:
    """Means of squares, each also with its right and lower neighbours': what moves by a pixel stays."""
    small = np.asarray(picture.resize((picture.width // BLOCK, picture.height // BLOCK), Image.Resampling.BOX), dtype=float)
    return (small[:-1, :-1] + small[1:, :-1] + small[:-1, 1:] + small[1:, 1:]) / 4


def test_page_1_is_one_page_however_much_it_says(pages: list[Image.Image]) -> None:
    assert len(pages) == 2


@pytest.mark.parametrize("number", [1, 2])
def test_a_page_looks_as_it_should(pages: list[Image.Image], number: int, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    page, wanted = pages[number - 1], GOLDEN / f"page-{number}.png"
    if request.config.getoption("--update-golden"):
        page.quantize(16).save(wanted, optimize=True)
    with Image.open(wanted) as opened:
        expected = opened.convert("L")
    page.save(tmp_path / "actual.png")
    expected.save(tmp_path / "expected.png")
    assert page.size == expected.size
    apart = np.abs(blocks_of(page) - blocks_of(expected))
    assert apart.max() < APART, f"page {number} looks different: compare the pictures in {tmp_path}"
