"""Every figure of a report, in one list. To add one, write its module and list it here with the chapter that shows it.

A finding names the figures that show it by the names here. Those that a run doesn't have are left out when figures are numbered.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from report.analysis.run import Analysis
from report.document.chart import Chart

from .in_flight import in_flight
from .latency import latency, tenants
from .leaks import leaks
from .load_curve import capacity, load_curve
from .overview import overview
from .recovery import recovery
from .resources import resources
from .service_time import service_time
from .throughput import throughput
from .watched import watched

PAGE_1 = "page-1"
"""Stands for the chapter of a figure that page 1 shows."""


@dataclass(frozen=True)
class Figure:
    """A figure by its name, which is that of its file, and the id of the chapter that shows it.

    `draw` gives the chart, or None where the run has nothing to show. If it gives several, they are called NAME-1, NAME-2, …
    """

    name: str
    chapter: str
    draw: Callable[[Analysis], Chart | tuple[Chart, ...] | None]


FIGURES = (
    Figure("overview", PAGE_1, overview),
    Figure("capacity", PAGE_1, capacity),
    Figure("load", "results", load_curve),
    Figure("throughput", "results", throughput),
    Figure("in_flight", "results", in_flight),
    Figure("latency", "latency", latency),
    Figure("service_time", "latency", service_time),
    Figure("tenants", "tenants", tenants),
    Figure("watched", "resources", watched),
    Figure("resources", "resources", resources),
    Figure("leaks", "leaks", leaks),
    Figure("recovery", "recovery", recovery),
)
"""Every figure, those of a chapter in the order in which it shows them."""


def drawn(name: str, analysis: Analysis) -> tuple[Chart, ...]:
    """The charts of one figure: none where the run has nothing to show. Raises KeyError for a name that isn't listed."""
    return _charts({figure.name: figure for figure in FIGURES}[name], analysis)


def figures_of(chapter: str, analysis: Analysis) -> tuple[Chart, ...]:
    """The charts that a chapter shows, in order."""
    return tuple(chart for figure in FIGURES if figure.chapter == chapter for chart in _charts(figure, analysis))


def is_listed(name: str) -> bool:
    """Whether a chart of this name may be in a report."""
    return re.sub(r"-\d+$", "", name) in {figure.name for figure in FIGURES}


def _charts(figure: Figure, analysis: Analysis) -> tuple[Chart, ...]:
    found = figure.draw(analysis)
    return found if isinstance(found, tuple) else (found,) if found else ()
