"""Locust's history: one row a second for all requests, and with --csv-full-history one for each name."""

from dataclasses import dataclass

import numpy as np

from report.importers.cells import Cells, epoch_of, epoch_unit
from report.importers.imported import OverTime
from report.importers.input_file import quoted
from report.stats.quantiles import Array

from .table import LocustTable, Row

ALIKE = 0.1
"""A history has a row a second: where more than this share of rows has the time of the one before, several processes wrote it."""


@dataclass(frozen=True)
class History:
    """The rows over all requests. `full`: the history was written with --csv-full-history, so that its percentiles are each of
    about 10 seconds. `started` in epoch seconds."""

    started: float
    over_time: OverTime
    full: bool


def read_history(table: LocustTable) -> History | None:
    """The history over all requests; None if it has no row. Raises UserError."""
    full, total = False, []
    for row in table.rows(cut=True):
        if row.is_total:
            total.append(row)
        else:
            full = True
    if not total:
        return None
    cells = table.cells()
    t = np.array([_time(table, row) for row in total])
    _check_one_process(table, total, t)
    rates = _column(cells, total, "Requests/s")
    return History(
        started=float(t[0]),
        full=full,
        over_time=OverTime(
            t=t - t[0],
            clients=_column(cells, total, "User Count"),
            requests=np.zeros(len(t)) if rates is None else rates,
            failures=_column(cells, total, "Failures/s"),
            median=_percentile(cells, total, "50%"),
            p95=_percentile(cells, total, "95%"),
            rates="mean of 10 s",
            percentiles="of windows of about 10 s" if full else "of everything since the start (cumulative)",
        ),
    )


def _time(table: LocustTable, row: Row) -> float:
    text = row.cells["Timestamp"].strip()
    try:
        value = float(text)
    except ValueError:
        found = epoch_of(text)
    else:
        unit = epoch_unit(value)
        found = value * unit if unit else None
    if found is None:
        raise table.file.fault(
            f"{quoted(text)}; allowed: seconds since 1970, or a time as 2026-11-27T12:00:00", row.line, "Timestamp"
        )
    return found


def _check_one_process(table: LocustTable, rows: list[Row], t: Array) -> None:
    steps = np.diff(t)
    back = np.flatnonzero(steps < 0)
    same = np.flatnonzero(steps == 0)
    wrong = back if len(back) else same if len(same) > max(1.0, ALIKE * len(t)) else back
    if len(wrong):
        what = "is earlier than the row before" if len(back) else "is the time of the row before, as of many others"
        raise table.file.fault(f"{what}: several processes wrote this file", rows[int(wrong[0]) + 1].line, "Timestamp")


def _column(cells: Cells, rows: list[Row], name: str) -> Array | None:
    """NaN for a blank cell; None for a column that isn't there."""
    if name not in rows[0].cells:
        return None
    values = (cells.number_or_none(row.cells[name], row.line, name) for row in rows)
    return np.array([np.nan if value is None else value for value in values])


def _percentile(cells: Cells, rows: list[Row], name: str) -> Array | None:
    """In seconds; where nothing was counted Locust writes 0."""
    values = _column(cells, rows, name)
    return None if values is None else np.where(values > 0, values, np.nan) / 1000
