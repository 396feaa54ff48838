"""Stock Locust's CSV files, as `locust --csv PREFIX [--csv-full-history]` writes them or its web page hands them out.

Locust rounds response times to two significant digits before it counts them (stats.py, `log_response_time`), so each
percentile is labelled for what it is, and nothing is claimed about jobs, steps or capacity: these files don't hold them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from profiles import UserError
from report.document.finding import Finding
from report.text import Unit, seconds

from .cells import Cells
from .imported import Cause, Imported, Named, Words
from .input_file import InputFile, open_input
from .locust.history import History, read_history
from .locust.table import LocustTable, Row, locust_table
from .options import Options
from .tables import MOST

T = TypeVar("T")
STATS_FILE = "_stats.csv"
COMPANIONS = ("_stats_history.csv", "_failures.csv")
ROUNDED = "rounded by Locust to two significant digits"
ROUNDED_MS = Unit("ms", 1000, 0)
"""Locust rounds to whole milliseconds at least: more digits would only seem to say something."""
TRUST = "Locust's own summaries, read as they are: what they were computed from isn't here, so nothing can be checked."


@dataclass(frozen=True)
class Stats:
    """The statistics over the whole test. `says`: what is odd about them."""

    names: tuple[Named, ...]
    total: Named
    ps: tuple[float, ...]
    says: tuple[Finding, ...]


def fits(file: InputFile) -> bool:
    """Whether it is one of Locust's files."""
    return locust_table(file) is not None


def with_companions(files: Sequence[InputFile]) -> list[InputFile]:
    """The files, and if there is only one that is called PREFIX_stats.csv, those that Locust writes beside it."""
    first = files[0].path
    if len(files) > 1 or not first.name.endswith(STATS_FILE):
        return list(files)
    beside = [first.with_name(first.name.removesuffix(STATS_FILE) + ending) for ending in COMPANIONS]
    return [*files, *(open_input(path) for path in beside if path.is_file() and path.stat().st_size)]


def read(files: Sequence[InputFile], options: Options) -> Imported:
    """The test that these files tell of: one with its statistics, and if they are there its history and failures. Raises
    UserError; history or failures that can't be read cost their chapter, no more."""
    tables = _by_kind(with_companions(files))
    stats = _read_stats(tables["stats"])
    says = list(stats.says)
    history = _optional(tables, "history", read_history, says)
    causes = _optional(tables, "failures", lambda table: _read_causes(table, options), says)
    over = history.over_time if history else None
    path = tables["stats"].file.path
    named = path.name.endswith(STATS_FILE)
    name = path.name.removesuffix(STATS_FILE) if named else tables["stats"].file.stem
    return Imported(
        title=f"Locust test {name}",
        name=name,
        files=f"{name}_*.csv" if named else ", ".join(file.path.name for file in files),
        names=stats.names,
        total=stats.total,
        ps=stats.ps,
        words=_words(stats, history, says),
        causes=() if causes is None and not stats.total.failed else causes,
        others=_others(stats) if len(stats.names) > MOST else None,
        started=history.started if history else None,
        seconds=float(over.t[-1]) if over else None,
        clients=int(np.nanmax(over.clients)) if over and over.clients is not None and np.isfinite(over.clients).any() else None,
        over_time=over,
    )


def _by_kind(files: Sequence[InputFile]) -> dict[str, LocustTable]:
    found: dict[str, LocustTable] = {}
    for file in files:
        table = locust_table(file)
        if table is None:
            continue
        if table.kind in found:
            first = found[table.kind].file.path
            raise UserError(f"{file.path}: Locust's {table.kind}, as {first} is; its percentiles can't be put together: give one")
        found[table.kind] = table
    if "stats" not in found:
        raise UserError(f"{files[0].path}: Locust's {next(iter(found))} alone; give the file of its statistics too")
    return found


def _optional(tables: dict[str, LocustTable], kind: str, read_it: Callable[[LocustTable], T], says: list[Finding]) -> T | None:
    """What a file beside the statistics holds; None if it isn't there, or can't be read, which is then said."""
    if kind not in tables:
        return None
    try:
        return read_it(tables[kind])
    except UserError as error:
        says.append(Finding(level="warning", subject="Files", sentence=f"Left out, since it can't be read: {error}."))
        return None


def _read_stats(table: LocustTable) -> Stats:
    rows, cells = list(table.rows()), table.cells()
    total = [row for row in rows if row.is_total]
    if "Type" not in table.columns:
        total = total[-1:] if rows and rows[-1] in total else []
    if not total:
        raise table.file.fault("has no row Aggregated; was it cut off?")
    if len(total) > 1:
        raise table.file.fault(
            "a second row over all requests: the files of several runs in one; give them one by one", total[1].line
        )
    if rows[-1] is not total[0]:
        raise table.file.fault("stands behind the row over all requests, which is the last in a whole file", rows[-1].line)
    names = tuple(_named(cells, table, row) for row in rows[:-1])
    over_all = _named(cells, table, total[0])
    return Stats(names, over_all, table.ps, tuple(_odd(names, over_all)))


def _named(cells: Cells, table: LocustTable, row: Row) -> Named:
    def number(name: str) -> float | None:
        return cells.number_or_none(row.cells[name], row.line, name) if name in row.cells else None

    counts = [cells.count(row.cells[name], row.line, name) for name in ("Request Count", "Failure Count")]
    if counts[1] > counts[0]:
        raise table.file.fault(f"{counts[1]:,} failures of {counts[0]:,} requests", row.line, "Failure Count")
    times = [number("Average Response Time"), *(number(name) for name in table.columns if name.endswith("%"))]
    mean, *percentiles = [None if value is None else value / 1000 for value in times]
    return Named(
        name=row.cells["Name"],
        method=row.cells.get("Type", ""),
        requests=counts[0],
        failed=counts[1],
        rate=number("Requests/s"),
        mean=mean,
        percentiles=tuple(percentiles),
    )


def _odd(names: Sequence[Named], total: Named) -> Iterator[Finding]:
    counted = sum(row.requests for row in names)
    if counted != total.requests:
        told = f"The rows of the names add up to {counted:,} requests, the total says {total.requests:,}"
        yield Finding(level="warning", subject="Total", sentence=f"{told}: rows are missing or double.")


def _others(stats: Stats) -> Named:
    """The names beyond the most frequent, added up; percentiles can't be."""
    rest = sorted(stats.names, key=lambda row: -row.requests)[MOST:]
    requests = sum(row.requests for row in rest)
    spent = sum((row.mean or 0.0) * row.requests for row in rest)
    return Named(
        name=f"{len(rest):,} others",
        method="",
        requests=requests,
        failed=sum(row.failed or 0 for row in rest),
        rate=sum(row.rate or 0.0 for row in rest),
        mean=spent / requests if requests else None,
        percentiles=(None,) * len(stats.ps),
    )


def _read_causes(table: LocustTable, options: Options) -> list[Cause]:
    cells, counts = table.cells(), dict[tuple[str, str, str], int]()
    for row in table.rows(cut=True):
        key = row.cells.get("Type", ""), options.folded(row.cells["Name"]), options.folded(row.cells["Error"])
        counts[key] = counts.get(key, 0) + cells.count(row.cells["Occurrences"], row.line, "Occurrences")
    return [Cause(*key, count) for key, count in counts.items()]


def _words(stats: Stats, history: History | None, says: Sequence[Finding]) -> Words:
    mean = stats.total.mean
    exact = "" if mean is None else f"The mean over all requests is {seconds(mean)}; means, minima and maxima are not rounded."
    return Words(
        trust=TRUST,
        precision=ROUNDED,
        results="Requests/s: a mean over the whole test. Mean: not rounded.",
        latency=f"Each is {ROUNDED}, before it was counted. Locust prints high percentiles even of few requests: one that fewer "
        "than 10 requests lie above is no more than the slowest of them.",
        errors="Failures, as Locust grouped them",
        reasons=(*_reasons(history), *says),
        method=(*_method(history), *([exact] if exact else [])),
        unit=ROUNDED_MS,
        mean=", not rounded",
    )


def _reasons(history: History | None) -> Iterator[Finding]:
    yield Finding(
        level="warning",
        subject="Rounding",
        sentence=f"Every percentile is {ROUNDED}, up to 5 % off.",
        remedy="Run it with stepload, which records every request and every job.",
    )
    yield Finding(
        level="warning",
        subject="Jobs",
        sentence="Locust counts requests: jobs, their outcomes and the time they took are not in its files.",
    )
    if history is None:
        yield Finding(level="note", subject="History", sentence="There is no history file, so nothing is known over time.")


def _method(history: History | None) -> tuple[str, ...]:
    full = history is not None and history.full
    return (
        f"Percentiles are Locust's: service times, which it calls response times, are {ROUNDED} before they are counted. That "
        "is up to 5 % off above 10 ms, up to 20 % below.",
        "Percentiles over time are of windows of about 10 seconds, since the history was written in full."
        if full
        else "Percentiles over time are cumulative: each is of everything since the start, so it hides how the end differs.",
        "Requests per second over time are Locust's mean of the last 10 seconds, two seconds late.",
        "Every request that Locust was told of is counted; polls that a test script left out are not.",
    )
