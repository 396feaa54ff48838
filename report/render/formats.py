"""The formats of the documents, in one list. To add one, write its module and list it here.

A format gives the files that it consists of, by their paths in the report's folder. What it is made from is a `Rendering`,
which draws the figures and fills in the page once, when the first format asks for them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from profiles import UserError
from report.document.report import Report

from .html import render_html
from .json import render_json
from .markdown import render_markdown
from .pdf import render_pdf
from .svg import draw


class Rendering:
    """A report on its way to its documents."""

    def __init__(self, report: Report) -> None:
        self.report = report

    @cached_property
    def figures(self) -> Mapping[str, str]:
        """The SVG of each chart, by its name."""
        return {chart.name: draw(chart) for chart in self.report.charts}

    @cached_property
    def page(self) -> str:
        """The whole report as one HTML page."""
        return render_html(self.report, self.figures)


@dataclass(frozen=True)
class Format:
    """A format by the name that the command line knows it by.

    `place`: its file, or the folder of its files, in the report's folder. `needs`: the formats whose files its own refer to.
    """

    name: str
    place: str
    files: Callable[[Rendering], Mapping[str, bytes]]
    needs: tuple[str, ...] = ()


FORMATS = (
    Format("json", "report.json", lambda made: {"report.json": render_json(made.report).encode()}),
    Format("svg", "figures", lambda made: {f"figures/{name}.svg": svg.encode() for name, svg in made.figures.items()}),
    Format("md", "report.md", lambda made: {"report.md": render_markdown(made.report).encode()}, needs=("svg",)),
    Format("html", "report.html", lambda made: {"report.html": made.page.encode()}),
    Format("pdf", "report.pdf", lambda made: {"report.pdf": render_pdf(made.page)}),
)
"""Every format, in the order in which they are written."""
WITHOUT_PDF = tuple(each for each in FORMATS if each.name != "pdf")
"""All but the PDF, which takes longest."""


def formats_named(text: str) -> tuple[Format, ...]:
    """The formats of a list such as "pdf,html", with those that they need; all for an empty one. Raises UserError."""
    asked = [name.strip() for name in text.split(",") if name.strip()]
    known = {each.name: each for each in FORMATS}
    for name in asked:
        if name not in known:
            raise UserError(f'--format: "{name}" is none of {", ".join(known)}')
    return with_needed([known[name] for name in asked]) if asked else FORMATS


def with_needed(formats: Sequence[Format]) -> tuple[Format, ...]:
    """These formats and those that they need, in the order of FORMATS."""
    wanted = {each.name for each in formats} | {name for each in formats for name in each.needs}
    return tuple(each for each in FORMATS if each.name in wanted)
