"""Writes a report: report.json, and from its data alone Markdown, HTML, PDF and figures."""

import gc
import hashlib
import html
import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib import get_data_path

from profiles import UserError
from report.compose import compose
from report.document.report import Report
from report.recording.run import read_run

from .svg import draw

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
FONTS = {
    ("DejaVu Sans", "normal", "normal"): "DejaVuSans.ttf",
    ("DejaVu Sans", "bold", "normal"): "DejaVuSans-Bold.ttf",
    ("DejaVu Sans", "normal", "italic"): "DejaVuSans-Oblique.ttf",
    ("DejaVu Sans Mono", "normal", "normal"): "DejaVuSansMono.ttf",
}
"""The PDF's fonts come with matplotlib, so the same bytes come out on every machine."""
TIGHTNESS = ("", "low", "low tight", "lower tight", "lowest tightest")
"""Classes of the body, tried in turn until page 1 holds all that it says: lower figures, smaller letters."""
CONTENTS = '<nav id="contents">'
"""What page 2 begins with."""


def write_report(folder: Path, out: Path | None = None, pdf: bool = True) -> Report:
    """Read a run folder and write its report to `out` (default: the folder's report/). Raises UserError."""
    report = compose(read_run(folder))
    write_documents(report, folder / "report" if out is None else out, pdf)
    return report


def write_documents(report: Report, out: Path, pdf: bool = True) -> None:
    """Write report.json, report.md, report.html, figures/*.svg and, if wanted, report.pdf, each file atomically."""
    figures = {chart.name: draw(chart) for chart in report.charts}
    page = render_html(report, figures)
    try:
        (out / "figures").mkdir(parents=True, exist_ok=True)
        _write(out / "report.json", (report.model_dump_json(indent=1) + "\n").encode())
        for name, svg in figures.items():
            _write(out / "figures" / f"{name}.svg", svg.encode())
        _write(out / "report.md", render_markdown(report).encode())
        _write(out / "report.html", page.encode())
        if pdf:
            _write(out / "report.pdf", render_pdf(page))
    except OSError as error:
        raise UserError(f"{out}: the report can't be written: {error.strerror}") from None


def render_html(report: Report, figures: Mapping[str, str]) -> str:
    """The report as one self-contained page; `figures` holds the SVG of each chart by its name."""
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    return _environment(autoescape=True).get_template("report.html.j2").render(report=report, figures=figures, style=style)


def render_markdown(report: Report) -> str:
    """The report as Markdown that refers to figures/NAME.svg."""
    text = _environment(autoescape=False).get_template("report.md.j2").render(report=report)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def render_pdf(page: str) -> bytes:
    """The page as a PDF on A4. Nothing is fetched: figures are inline, fonts come with matplotlib."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    logging.getLogger("fontTools").setLevel(logging.WARNING)
    fetcher, fonts = _only_fonts(), FontConfiguration()
    faces = "".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-style: {style}; src: url("font:{file}"); }}\n'
        for (family, weight, style), file in FONTS.items()
    )
    sheet = CSS(string=faces, url_fetcher=fetcher, font_config=fonts)
    with _fixed_clock(), _uncollected():
        cover, contents, chapters = page.partition(CONTENTS)
        for tightness in TIGHTNESS:
            tight = cover.replace("<body>", f'<body class="{tightness}">', 1)
            if len(HTML(string=tight, url_fetcher=fetcher).render(stylesheets=[sheet], font_config=fonts).pages) == 1:
                break
        whole = HTML(string=tight + contents + chapters, url_fetcher=fetcher)
        document = whole.render(stylesheets=[sheet], font_config=fonts)
        pdf: bytes = document.write_pdf(pdf_identifier=hashlib.sha256(page.encode()).digest()[:16])
    return pdf


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, on one line."""
    return re.sub(
        r"([\\`*_\[\]<>|~#])", r"\\\1", html.escape(" ".join(text.split()), quote=False).replace("&gt;", ">").replace("&lt;", "<")
    )


def keep_units(text: str) -> str:
    """Text in which a number and its unit stay on one line, "jobs/s" too."""
    return re.sub(r"/(?=s\b)", "\u2060/\u2060", re.sub(r"(?<=\d) (?=[^\W\d_]|%|×)", "\u00a0", text))


def fence(text: str) -> str:
    """A code block whose fence is longer than any run of backticks in it."""
    ticks = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{ticks}\n{text}\n{ticks}"


def _environment(autoescape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(md=escape_markdown, nb=keep_units, fence=fence)
    return environment


def _only_fonts() -> Any:
    """A fetcher that knows the PDF's own fonts and refuses everything else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    folder, known = Path(get_data_path()) / "fonts" / "ttf", set(FONTS.values())

    class OnlyFonts(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ARG002
            name = url.removeprefix("font:")
            if name not in known:
                raise ValueError(f"{url}: a report fetches nothing")
            return URLFetcherResponse(url, (folder / name).read_bytes(), {"Content-Type": "font/ttf"})

    return OnlyFonts()


@contextmanager
def _fixed_clock() -> Iterator[None]:
    """No time of day in the PDF: fonts that are cut to size would carry it."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = before


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for garbage: a page is made of many boxes, none of them is, and looking takes a quarter of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _write(file: Path, data: bytes) -> None:
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_bytes(data)
    fresh.replace(file)
