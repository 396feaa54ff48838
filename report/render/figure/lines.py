"""The lines, areas and points of a panel."""

from matplotlib.axes import Axes

from report.document.chart import Panel, Series
from report.text import Unit

from .scale import ScaleX, set_y
from .style import colour_of


def draw_panel(axis: Axes, panel: Panel, scale: ScaleX, unit: Unit) -> None:
    """Title, lines and y axis of a panel; areas stand on each other."""
    axis.set_title(f"{panel.title}, {unit.symbol}" if unit.symbol else panel.title)
    base: list[float] = []
    for i, line in enumerate(panel.series):
        x = [scale.place(value) for value in line.x]
        y = [float("nan") if value is None else value * unit.factor for value in line.y]
        if line.style == "area":
            base = _draw_area(axis, x, y, base or [0.0] * len(y), colour_of(line, i))
        else:
            _draw_line(axis, line, x, y, colour_of(line, i))
    set_y(axis, panel, unit)


def _draw_area(axis: Axes, x: list[float], y: list[float], base: list[float], colour: str) -> list[float]:
    """An area that stands on `base`; returns its upper edge, on which the next one stands."""
    edge = [low + high for low, high in zip(base, y, strict=True)]
    axis.fill_between(x, base, edge, color=colour, alpha=0.55, linewidth=0)
    return edge


def _draw_line(axis: Axes, line: Series, x: list[float], y: list[float], colour: str) -> None:
    match line.style:
        case "points":
            axis.plot(x, y, color=colour, marker="o", markersize=4)
        case "dots":
            axis.plot(x, y, color=colour, marker="o", markersize=4, linestyle="none")
        case "dashed":
            axis.plot(x, y, color=colour, linestyle=(0, (4, 2)), linewidth=1.0)
        case _:
            alone = sum(value is not None for value in line.y) == 1
            axis.plot(x, y, color=colour, marker="o" if alone else None, markersize=3)
