"""report.pdf: the HTML page, printed on A4."""

import gc
import hashlib
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matplotlib import get_data_path

FONTS = {
    ("DejaVu Sans", "normal", "normal"): "DejaVuSans.ttf",
    ("DejaVu Sans", "bold", "normal"): "DejaVuSans-Bold.ttf",
    ("DejaVu Sans", "normal", "italic"): "DejaVuSans-Oblique.ttf",
    ("DejaVu Sans Mono", "normal", "normal"): "DejaVuSansMono.ttf",
}
"""Files of (family, weight, style). They come with matplotlib, so the same bytes come out on every machine."""
TIGHTNESS = ("", "low", "low tight", "lower tight", "lowest tightest")
"""Classes of the body, tried in turn until page 1 holds all that it says: lower figures, smaller letters."""
CONTENTS = '<nav id="contents">'
"""What page 2 begins with."""
IDENTIFIER = 16
"""Bytes of the hash of the page that a PDF is identified by."""


def render_pdf(page: str) -> bytes:
    """The page as a PDF. Nothing is fetched: figures are inline, fonts come with matplotlib."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    logging.getLogger("fontTools").setLevel(logging.WARNING)
    fetcher, fonts = _only_fonts(), FontConfiguration()
    sheet = CSS(string=_font_faces(), url_fetcher=fetcher, font_config=fonts)
    with _fixed_clock(), _without_garbage_collection():
        cover, contents, chapters = page.partition(CONTENTS)
        for tightness in TIGHTNESS:
            tight = cover.replace("<body>", f'<body class="{tightness}">', 1)
            if len(HTML(string=tight, url_fetcher=fetcher).render(stylesheets=[sheet], font_config=fonts).pages) == 1:
                break
        whole = HTML(string=tight + contents + chapters, url_fetcher=fetcher)
        document = whole.render(stylesheets=[sheet], font_config=fonts)
        pdf: bytes = document.write_pdf(pdf_identifier=hashlib.sha256(page.encode()).digest()[:IDENTIFIER])
    return pdf


def _font_faces() -> str:
    return "".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-style: {style}; src: url("font:{file}"); }}\n'
        for (family, weight, style), file in FONTS.items()
    )


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
def _without_garbage_collection() -> Iterator[None]:
    """Laying out a page makes many objects and hardly any garbage; looking for garbage would take a quarter of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
