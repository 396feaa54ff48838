"""The figure of a phase: each repeat as a point, over a numeric parameter or side by side."""

from collections.abc import Sequence

from report.charts.binning import series
from report.document.chart import Chart, Mark, Panel, Series
from report.stats.repeats import spread

from .answers import key_text
from .phases import Line, PhaseResult
from .results import RATE, Cell

ROLES = ("completed", "submit", "result", "job", "running", "failed")
"""So many lines have colours of their own: the points of a line have its colour."""


def phase_chart(result: PhaseResult, number: int) -> Chart | None:
    """None where no run of the phase has numbers that can be used."""
    if result.axis and any(len(line.x) > 1 for line in result.lines):
        return _curves(result, number)
    cells = [(place, cell) for place, cell in enumerate(result.cells, 1) if len(cell.values(RATE))]
    return _side_by_side(cells, tuple(cell.scenario.name for cell in result.cells), number) if cells else None


def _curves(result: PhaseResult, number: int) -> Chart:
    lines = result.lines[: len(ROLES)]
    drawn: list[Series] = []
    for line, role in zip(lines, ROLES, strict=False):
        means = [float(cell.values(RATE).mean()) for cell in line.cells]
        drawn.append(series(key_text(line.key).rpartition("= ")[2] or "mean", role, line.x, means))
        drawn += [_repeats(line, role), *_interval(line, role)]
    more = f" The first {len(lines)} of {len(result.lines)} groups." if result.lines[len(lines) :] else ""
    marks = (
        [Mark(x=knee.at.value, text="knee") for knee in result.knees if knee.seen == "found"] if len(result.knees) == 1 else []
    )
    return Chart(
        name=f"phase-{number}",
        title=f"Throughput over {result.axis}",
        caption=f"Points: each repeat; lines: their means; dashed: 95 % intervals, where there are three repeats.{more}",
        x_title=str(result.axis),
        x_scale="number",
        panels=(Panel(title="jobs completed/s", dimension="rate", series=tuple(drawn), tall=True),),
        marks=tuple(marks),
    )


def _interval(line: Line, role: str) -> list[Series]:
    """The ends of the intervals, where every point of a line has one."""
    means = [spread(cell.values(RATE)).mean for cell in line.cells]
    if not all(mean.known for mean in means):
        return []
    ends = ([max(0.0, mean.low) for mean in means], [mean.high for mean in means])
    return [series("", role, line.x, end, "dashed") for end in ends]


def _repeats(line: Line, role: str) -> Series:
    points = [(x, float(value)) for x, cell in zip(line.x, line.cells, strict=True) for value in cell.values(RATE)]
    return series("", role, [x for x, _ in points], [y for _, y in points], "dots")


def _side_by_side(cells: Sequence[tuple[int, Cell]], names: tuple[str, ...], number: int) -> Chart:
    points = [(float(place), float(value)) for place, cell in cells for value in cell.values(RATE)]
    dots = series("repeats", "completed", [x for x, _ in points], [y for _, y in points], "dots")
    return Chart(
        name=f"phase-{number}",
        title="Throughput of each scenario",
        caption="Each repeat is a point.",
        x_title="number of the scenario in the table",
        x_scale="number",
        x_names=names,
        panels=(Panel(title="jobs completed/s", dimension="rate", series=(dots,), tall=True),),
    )
