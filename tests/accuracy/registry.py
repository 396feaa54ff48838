"""All rows, in the order in which they are printed: one module a subject, each with its ROWS."""

from importlib import import_module
from pathlib import Path

from .rows import Row

SUBJECTS = tuple(sorted(path.stem for path in Path(__file__).parent.glob("claims_*.py")))
assert SUBJECTS


def rows_of(subject: str) -> tuple[Row, ...]:
    """The rows of one subject."""
    rows: tuple[Row, ...] = import_module(f"{__package__}.{subject}").ROWS
    return rows


def all_rows() -> tuple[Row, ...]:
    """Every row."""
    return tuple(row for subject in SUBJECTS for row in rows_of(subject))
