"""Colours, sizes in inches and matplotlib's settings, the same for every figure."""

from typing import Any

from matplotlib.typing import RcKeyType

from report.document.chart import Series
from report.document.model import Level

WIDTH = 7.1
"""Of a figure."""
LOW = 0.7
"""Height of a panel that stands with two or more others."""
PANEL = 0.85
"""Height of a panel that stands alone or with one other."""
SHORT = 1.3
"""Height of a tall panel that stands with two or more others."""
TALL = 1.55
"""Height of a tall panel that stands alone or with one other."""

# The palette of Okabe & Ito (2008), whose colours can be told apart by people who see colours differently.
BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
RED = "#D55E00"
SKY = "#56B4E9"
PURPLE = "#CC79A7"
INK = "#222222"
GREY = "#7a7a7a"

COLOURS = {
    "offered": GREY,
    "submitted": SKY,
    "completed": BLUE,
    "failed": RED,
    "all": INK,
    "submit": ORANGE,
    "status": BLUE,
    "result": GREEN,
    "median": BLUE,
    "p95": ORANGE,
    "job": PURPLE,
    "in_flight": INK,
    "running": SKY,
    "queued": ORANGE,
    "clients": INK,
}
"""The colour of a line by its role."""
CYCLE = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED)
"""The colours of lines whose role has none, in the order of the panel."""
SIGNS: dict[Level, str] = {"good": " ✓", "bad": " ✗", "warning": " ?"}
"""Stand at the label of a band, so that good and bad can be told apart without colour."""
BANDS: dict[Level, str] = {"good": GREEN, "bad": RED, "note": GREY, "warning": ORANGE}
"""The colour of a band by its level."""
STYLE: dict[RcKeyType, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#999999",
    "axes.linewidth": 0.6,
    "axes.labelcolor": INK,
    "axes.titlesize": 7.5,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlepad": 5,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.5,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.major.size": 2.5,
    "ytick.major.size": 0,
    "lines.linewidth": 1.2,
    "lines.solid_joinstyle": "round",
    "svg.fonttype": "none",
    "svg.hashsalt": "stepload",
    "path.simplify": True,
    "text.parse_math": False,
}
"""Matplotlib's settings. Text stays text, and the salt makes the ids of an SVG the same each time."""


def colour_of(line: Series, position: int) -> str:
    """The colour of the line that is number `position` of its panel."""
    return COLOURS.get(line.role, CYCLE[position % len(CYCLE)])
