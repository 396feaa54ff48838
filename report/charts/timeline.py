"""What figures over time share: the load above, its steps shaded, and what fired or was done marked."""

import math
from collections.abc import Sequence

from report.analysis.run import Analysis
from report.analysis.steps.result import StepResult
from report.document.chart import Band, Chart, Mark, Panel
from report.findings.what_broke import VERDICT_LEVELS
from report.text import number

from .binning import series

RATE_BINS = 200
"""Bins that a line of a figure over time has at most."""


def timeline(name: str, title: str, caption: str, panels: Sequence[Panel], analysis: Analysis) -> Chart:
    """A figure over the time of the run: its steps shaded, what fired and what was done marked."""
    bands = tuple(_band(step) for step in analysis.steps if step.seconds > 0)
    if analysis.baseline:
        alone = analysis.baseline.hold
        bands = (Band(start=alone.start, end=alone.end, text=number(alone.step.clients), level="note"), *bands)
    fired = [Mark(x=fired.at, text=f"{fired.rule} fired") for fired in analysis.fired]
    begun = min((step.stage.ramp_start for step in analysis.steps), default=math.inf)
    over = max((step.hold[1] for step in analysis.steps if step.hold), default=-math.inf)
    done = [Mark(x=action.start, text=action.name) for action in analysis.actions if begun <= action.start < over]
    marks = (*fired, *done, *(Mark(x=one.over, text="recovered") for one in analysis.recoveries if one.over is not None))
    return Chart(name=name, title=title, caption=caption, x_title="", panels=tuple(panels), bands=bands, marks=marks)


def _band(step: StepResult) -> Band:
    start, end = step.hold or (0.0, 0.0)
    return Band(start=start, end=end, text=number(step.clients), level=VERDICT_LEVELS.get(step.verdict, "note"))


def clients_panel(analysis: Analysis) -> Panel:
    """The load, to be set above what came of it."""
    x, y = stairs(analysis)
    return Panel(title="clients", dimension="number", series=(series("clients", "clients", x, y),))


def stairs(analysis: Analysis) -> tuple[list[float], list[float]]:
    """Clients over time: ramped up evenly, then held."""
    x, y, clients = [0.0], [0.0], 0.0
    for result in analysis.steps:
        step = result.stage
        top = step.hold_start if step.hold_start is not None else analysis.run.end
        x += [step.ramp_start, top]
        y += [clients, float(step.clients)]
        clients = float(step.clients)
    last = analysis.steps[-1].hold_end if analysis.steps else None
    if last is not None:
        x, y = [*x, last], [*y, clients]
        if last < analysis.run.end:
            x, y = [*x, last, analysis.run.end], [*y, 0.0, 0.0]
    return x, y
