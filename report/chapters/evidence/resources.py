"""The chapter of resources: what machines, processes and load generators used in each step."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from report.analysis.generators import Health
from report.analysis.resources import GENERATOR, Usage, is_machine
from report.chapters.metrics import METRICS, UNSHOWN
from report.charts.registry import figures_of
from report.charts.watched import LETTERS
from report.document.block import Block, Section, Text
from report.document.model import plain
from report.document.table import Cell, Column, Table, numbers, table, words
from report.findings.capacity.limits import UNKNOWN
from report.stats.unloaded import Kept
from report.text import NONE, Unit, clipped, listed, quantity, unit_of
from report.validity.assessment import AssessedRun

AFTER = "disk_used"
"""The metric that begins a second table."""
WIDE = 7
"""Metrics that a table has room for."""
MANY = 16
"""Rows from which the table of generators has the worst of each step alone."""
FAULTS = {
    "cpu": "too busy",
    "lag": "lagged",
    "late": "sent late",
    "descriptors": "no file descriptors left",
    "ports": "no ports left",
    "lost": "lost",
}
"""How a load generator can spoil a step."""
AT_REST = (
    "Idle: medians while nothing was asked. Left behind: the idle level after the load less that before it, by the jobs "
    "that were accepted; of what processes and probes hold. The generators' connections are still open then."
)
"""Stands below the table of idle levels."""
NOTE = (
    "CPU: mean. Lag: how late its event loop was (a p99 of 0 is below 5 ms). Late: sent over 0.1 s after they were due. "
    "Held back: arrivals that max_in_flight kept from being submitted. Not sent: requests for which it had no file descriptor or "
    "port left. A step that a generator spoils is INVALID."
)
"""Stands below the table of load generators."""


def chapter(analysis: AssessedRun) -> Section:
    """The figure of what others told, tables of each source, then the figure of machines and processes."""
    if not analysis.usage:
        said = "Nothing was monitored in the steps, so resource usage is not known."
        return Section(id="resources", title="Resources", blocks=(Text(text=said),))
    others = sorted((used for used in analysis.usage if not used.source.startswith(GENERATOR)), key=lambda used: used.source)
    tables = [each for _, rows in groupby(others, lambda used: used.source) for each in _usage(tuple(rows), analysis)]
    charts = figures_of("resources", analysis)
    told, used = ([chart for chart in charts if (chart.name == "watched") is first] for first in (True, False))
    blocks: tuple[Block, ...] = (*told, *tables, *_at_rest(analysis), *_generators(analysis.health), *used)
    return Section(id="resources", title="Resources", blocks=blocks)


def _usage(rows: Sequence[Usage], analysis: AssessedRun) -> Iterator[Table]:
    """What one source used, in as many tables as it takes."""
    source, names = rows[0].source, list(METRICS)
    found = {(used.step, used.metric): used for used in rows}
    metrics = sorted(
        {used.metric for used in rows} - set(UNSHOWN), key=lambda name: (names.index(name) if name in names else 99, name)
    )
    first = [name for name in metrics if name in names and names.index(name) < names.index(AFTER)]
    steps = [result for result in analysis.steps if any(used.step == result.number for used in rows)]
    machine = is_machine(source, analysis.run.profile)
    for group in (*_parts(first), *_parts([name for name in metrics if name not in first])):
        yield table(
            f"{source}: mean / maximum per step",
            (Column(title="Clients"), [Cell(text=f"{result.clients:,}", value=result.clients) for result in steps]),
            *(_column(metric, [found.get((result.number, metric)) for result in steps], machine) for metric in group),
        )


def _parts(names: Sequence[str]) -> list[Sequence[str]]:
    return [names[i : i + WIDE] for i in range(0, len(names), WIDE)]


def _column(metric: str, usages: Sequence[Usage | None], is_host: bool) -> tuple[Column, list[Cell]]:
    title, dimension = _named(metric, is_host)
    what, _, per = dimension.partition("/")
    unit = Unit("", 1, 2) if metric.startswith("load") else unit_of([used.max for used in usages if used], what)
    cells = [
        Cell(text=f"{unit.text(used.mean)} / {unit.text(used.max)}", value=used.mean) if used else Cell(text=NONE)
        for used in usages
    ]
    return Column(title=title, unit=f"{unit.symbol}/{per}" if per else unit.symbol), cells


def _at_rest(analysis: AssessedRun) -> tuple[Table, ...]:
    """What was used while nothing was asked, beside what was used in the load."""
    shown = [one for one in analysis.at_rest if one.metric not in UNSHOWN]
    if not shown:
        return ()
    names = [_named(one.metric, is_machine(one.source, analysis.run.profile)) for one in shown]
    return (
        table(
            "At rest and under load",
            (Column(title="Source", words=True), words(*(one.source for one in shown))),
            (Column(title="Metric", words=True), words(*(title for title, _ in names))),
            (Column(title="Idle before"), [_used_cell(one.before, of) for one, (_, of) in zip(shown, names, strict=True)]),
            (
                Column(title="Under load", unit="mean"),
                [_used_cell(one.load, of) for one, (_, of) in zip(shown, names, strict=True)],
            ),
            (
                Column(title="Under load", unit="max"),
                [_used_cell(one.largest, of) for one, (_, of) in zip(shown, names, strict=True)],
            ),
            (Column(title="Idle after"), [_used_cell(one.after, of) for one, (_, of) in zip(shown, names, strict=True)]),
            (
                Column(title="Left behind", unit="a job"),
                [_kept_cell(one.kept, of) for one, (_, of) in zip(shown, names, strict=True)],
            ),
            (
                Column(title="Remark", words=True),
                words(*(UNKNOWN[one.kept.why] if one.kept and one.kept.why else "" for one in shown)),
            ),
            note=AT_REST,
        ),
    )


def _used_cell(value: float, dimension: str) -> Cell:
    what, _, per = dimension.partition("/")
    return Cell(text=quantity(value, what) + (f"/{per}" if per and value == value else ""), value=plain(value))


def _kept_cell(kept: Kept | None, dimension: str) -> Cell:
    return _used_cell(kept.value, dimension) if kept and not kept.why else Cell(text=NONE)


def _named(metric: str, is_host: bool) -> tuple[str, str]:
    """A metric's title and dimension."""
    if metric == "cpu" and not is_host:
        return "CPU, cores", "number"
    return METRICS.get(metric, (clipped(metric.replace("_", " "), LETTERS), "number"))


def _generators(health: Sequence[Health]) -> tuple[Table, ...]:
    """How each load generator did in each step."""
    if not health:
        return ()
    shown = health if len(health) <= MANY else [one for _, each in groupby(health, lambda one: one.step) for one in _worst(each)]
    unit = unit_of([value for one in shown for value in (one.lag, one.lag_max)], "seconds")
    cores = Unit("", 1, 2)
    return (
        table(
            "Load generators in each step",
            (Column(title="Step"), [Cell(text=str(one.step), value=one.step) for one in shown]),
            (Column(title="Generator"), [Cell(text=str(one.worker), value=one.worker) for one in shown]),
            (Column(title="CPU", unit="cores"), numbers([one.cpu for one in shown], cores)),
            (Column(title="Lag", unit=f"p99, {unit.symbol}"), numbers([one.lag for one in shown], unit)),
            (Column(title="Lag", unit=f"max, {unit.symbol}"), numbers([one.lag_max for one in shown], unit)),
            (Column(title="Lag", unit=f"p99 allowed, {unit.symbol}"), numbers([one.lag_allowed for one in shown], unit)),
            (Column(title="Submits"), [Cell(text=f"{one.sent:,}", value=one.sent) for one in shown]),
            (Column(title="Late"), [Cell(text=f"{one.late:,}", value=one.late) for one in shown]),
            (Column(title="Held back"), [Cell(text=f"{one.held_back:,}", value=one.held_back) for one in shown]),
            (Column(title="Not sent"), [Cell(text=f"{one.refused:,}", value=one.refused) for one in shown]),
            (Column(title="Judgement", words=True), words(*(_judged(one) for one in shown))),
            marks=["bad" if one.faults else "warning" if one.near else "" for one in shown],
            note=("" if len(shown) == len(health) else "Of each step those near their limits, else the one that lagged most. ")
            + NOTE,
        ),
    )


def _worst(health: Iterator[Health]) -> list[Health]:
    """Those with faults or near their limits, else the one that lagged most."""
    each = list(health)
    known = [one for one in each if one.lag_max == one.lag_max] or each
    return [one for one in each if one.faults or one.near] or [max(known, key=lambda one: one.lag_max)]


def _judged(one: Health) -> str:
    if one.faults:
        return f"spoiled the step: {listed(FAULTS[fault] for fault in one.faults)}"
    return "near its limits" if one.near else "fine"
