"""report.html: one page with its style and figures inside."""

from collections.abc import Mapping

from report.document.report import Report

from .templating import TEMPLATES, environment


def render_html(report: Report, figures: Mapping[str, str]) -> str:
    """The report as one self-contained page; `figures` holds the SVG of each chart by its name."""
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    return environment(autoescape=True).get_template("report.html.j2").render(report=report, figures=figures, style=style)
