"""Cells that several tables have in common."""

import math

from report.text import NONE, share

from .model import plain
from .table import Cell

LEAST_P = 0.001
"""A smaller p is printed as less than this."""


def share_cell(value: float) -> Cell:
    """A share as percent; a dash for NaN."""
    return Cell(text=share(value), value=plain(value))


def p_cell(p: float) -> Cell:
    """A p-value with three decimals; a dash for NaN."""
    text = NONE if math.isnan(p) else f"< {LEAST_P:g}" if p < LEAST_P else f"{p:.3f}"
    return Cell(text=text, value=plain(p))
