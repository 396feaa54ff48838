"""report.md: plain Markdown beside the folder figures/."""

import html
import re

from report.document.report import Report

from .templating import environment


def render_markdown(report: Report) -> str:
    """The report as Markdown that refers to figures/NAME.svg."""
    filled = environment(autoescape=False)
    filled.filters.update(md=escape_markdown, fence=fence)
    text = filled.get_template("report.md.j2").render(report=report)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, on one line."""
    return re.sub(
        r"([\\`*_\[\]<>|~#])", r"\\\1", html.escape(" ".join(text.split()), quote=False).replace("&gt;", ">").replace("&lt;", "<")
    )


def fence(text: str) -> str:
    """A code block whose fence is longer than any run of backticks in it."""
    ticks = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{ticks}\n{text}\n{ticks}"
