"""How the templates of the Markdown and HTML documents are filled in: what they find in report.json, and filters for text."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .layout import columns, first_findings, first_reasons, is_narrow

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
"""The folder of the templates and the style sheet."""


def environment(autoescape: bool) -> Environment:
    """The environment that both templates share. A name that isn't known is an error, never an empty place."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        columns=columns, first_findings=first_findings, first_reasons=first_reasons, narrow=is_narrow, nb=keep_units
    )
    return made


def keep_units(text: str) -> str:
    """Text in which a number and its unit stay on one line, "jobs/s" too."""
    return re.sub(r"/(?=s\b)", "\u2060/\u2060", re.sub(r"(?<=\d) (?=[^\W\d_]|%|×)", "\u00a0", text))
