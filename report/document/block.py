"""What a chapter is made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .chart import Chart
from .finding import Finding
from .model import Model
from .table import Table


class Text(Model):
    """A paragraph."""

    kind: Literal["text"] = "text"
    text: str


class Items(Model):
    """A list."""

    kind: Literal["items"] = "items"
    items: tuple[str, ...]


class Facts(Model):
    """Names and what they stand for."""

    kind: Literal["facts"] = "facts"
    facts: tuple[tuple[str, str], ...]


class Code(Model):
    """Text to be shown as it is."""

    kind: Literal["code"] = "code"
    text: str


class Findings(Model):
    """Findings in full, with evidence and remedy."""

    kind: Literal["findings"] = "findings"
    findings: tuple[Finding, ...]


Block = Annotated[Table | Text | Items | Facts | Code | Findings | Chart, Field(discriminator="kind")]
"""One part of a chapter; its `kind` tells which."""


class Section(Model):
    """A chapter."""

    id: str
    title: str
    blocks: tuple[Block, ...]
