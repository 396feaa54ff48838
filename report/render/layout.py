"""What stands where on the pages: which findings page 1 has room for, in which columns, and how wide a table is."""

from collections.abc import Sequence

from report.document.finding import Finding
from report.document.table import Table

FIRST = 3
"""Reasons, and findings, that page 1 has room for."""
HEAD = 110
"""Letters that the head and the frame of an answer are as high as."""
SMALL = 0.73
"""Height of a letter of an answer's evidence, compared with one of its sentence."""
SHORT_CELL = 32
"""Letters from which a cell is so long that its table fills the whole line."""


def first_reasons(reasons: Sequence[Finding]) -> tuple[Finding, ...]:
    """The reasons that page 1 has room for: the gravest, notes only if there is nothing graver."""
    grave = tuple(reason for reason in reasons if reason.level != "note")
    return (grave or tuple(reasons))[:FIRST]


def first_findings(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings that page 1 has room for; none that are mere notes."""
    return tuple(found for found in findings if found.level in ("bad", "warning"))[:FIRST]


def columns(answers: Sequence[Finding]) -> tuple[tuple[Finding, ...], ...]:
    """The answers in the order of the questions, split where two columns of them are about as high."""
    lengths = [HEAD + len(a.sentence) + SMALL * len(a.evidence + a.source.text + a.remedy) for a in answers]
    cut = min(range(1, len(lengths) + 1), key=lambda i: max(sum(lengths[:i]), sum(lengths[i:])), default=0)
    return tuple(tuple(column) for column in (answers[:cut], answers[cut:]) if column)


def is_narrow(held: Table) -> bool:
    """Whether its cells are so short that numbers would stand far from their names on a whole line."""
    return all(len(cell.text) < SHORT_CELL for row in held.rows for cell in row)
