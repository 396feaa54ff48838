"""The figures of an import: the test over time, and what each level of the load came to."""

from report.charts.binning import is_wide, series, thinned
from report.document.chart import Chart, Panel, Series
from report.stats.quantiles import Array

from .imported import LEVELS, Imported, OverTime

MOST_POINTS = 1000
"""Points of a line: of a day of seconds each hour still has forty, and no peak is lost."""


def overview(test: Imported) -> Chart | None:
    """Load, throughput and service time over the test; None where nothing is known over time."""
    over = test.over_time
    if over is None or len(over.t) < 2:
        return None
    word = test.clients_inside
    panels = (
        *_panel(word, "number", (_line(over, word, "clients", over.clients),)),
        *_panel(
            f"requests/s, {over.rates}",
            "rate",
            (_line(over, "requests", "all", over.requests), _line(over, "failures", "failed", over.failures)),
        ),
        *_panel("service time", "seconds", (_line(over, "95 %", "p95", over.p95), _line(over, "50 %", "median", over.median))),
    )
    first = f"{test.clients_word}, requests" if over.clients is not None else "Requests"
    precision = f", {test.words.precision}" if test.words.precision else ""
    caption = f"{first} per second, and service time over all requests: percentiles {over.percentiles}{precision}."
    return Chart(name="overview", title="The test at a glance", caption=caption, x_title="", panels=panels)


def steps_chart(test: Imported) -> Chart | None:
    """Throughput and service time by the level of the load; None where it has fewer than three."""
    steps = sorted(test.steps, key=lambda step: step.clients)
    if len({step.clients for step in steps}) < LEVELS:
        return None
    x = [float(step.clients) for step in steps]
    nan = float("nan")
    times = [
        series(label, role, x, [nan if value is None else value for value in values], "points")
        for label, role, values in (("95 %", "p95", [s.p95 for s in steps]), ("50 %", "median", [s.median for s in steps]))
    ]
    panels = (
        Panel(
            title="requests/s that succeeded",
            dimension="rate",
            series=(series("succeeded", "completed", x, [step.rate for step in steps], "points"),),
        ),
        Panel(title="service time", dimension="seconds", series=tuple(times)),
    )
    word = test.clients_inside
    caption = f"Requests per second that succeeded (above), and service time (below), by the number of {word}."
    return Chart(
        name="load", title="Throughput by load", caption=caption, x_title=word, x_scale="number", panels=panels
    )  # fmt: skip


def _panel(title: str, dimension: str, lines: tuple[tuple[Series, Array] | None, ...]) -> tuple[Panel, ...]:
    drawn = [line for line in lines if line]
    log = dimension == "seconds" and bool(drawn) and is_wide(*(values for _, values in drawn))
    return (Panel(title=title, dimension=dimension, series=tuple(line for line, _ in drawn), log=log),) if drawn else ()


def _line(over: OverTime, label: str, role: str, values: Array | None) -> tuple[Series, Array] | None:
    return None if values is None else (series(label, role, *thinned(over.t, values, MOST_POINTS)), values)
