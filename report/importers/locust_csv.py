"""A smaller report from the CSV files that stock Locust leaves behind (`locust --csv PREFIX [--csv-full-history]`).

Read: PREFIX_stats.csv, and if they are there PREFIX_stats_history.csv and PREFIX_failures.csv. Locust rounds response
times to two significant digits before it counts them (stats.py, `log_response_time`), so each percentile is labelled
for what it is, and nothing is claimed about jobs, steps or capacity: these files don't hold them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from profiles import UserError
from report.analysis.holds import column
from report.charts.binning import series
from report.document.block import Block, Items, Section, Text
from report.document.chart import Chart, Panel
from report.document.finding import Finding, Source
from report.document.numbering import numbered
from report.document.report import Report
from report.document.table import Cell, Column, Table, column_of, numbers, table, words
from report.findings.evidence import named
from report.render.documents import write_documents
from report.render.formats import FORMATS, Format
from report.text import Unit, count_of, listed, rate, seconds, share, span, unit_of, when

TOTAL = "Aggregated"
PERCENTILES = ("50%", "66%", "75%", "80%", "90%", "95%", "98%", "99%", "99.9%", "99.99%", "100%")
STATS = ("Type", "Name", "Request Count", "Failure Count", "Average Response Time", "Requests/s", *PERCENTILES)
STATS_FILE = "_stats.csv"
HISTORY = ("Timestamp", "User Count", "Name", "Requests/s", "Failures/s", "50%", "95%")
ROUNDED = "rounded by Locust to two significant digits"
ROUNDED_MS = Unit("ms", 1000, 0)
"""Locust rounds to whole milliseconds at least: more digits would only seem to say something."""


@dataclass(frozen=True)
class LocustFiles:
    """The files as read: response times in seconds, timestamps in epoch seconds. `full`: history by endpoint."""

    name: str
    stats: pd.DataFrame
    total: "pd.Series[Any]"
    history: pd.DataFrame
    failures: pd.DataFrame

    @property
    def full(self) -> bool:
        """Whether the history was written with --csv-full-history: its percentiles are then of about 10 s each."""
        return bool((self.history["Name"] != TOTAL).any()) if len(self.history) else False


def write_locust_report(prefix: Path, out: Path | None = None, formats: Sequence[Format] = FORMATS) -> Report:
    """Write the report of PREFIX_stats.csv and its companions to `out` (default: PREFIX_report). Raises UserError."""
    files = read_locust(prefix)
    report = compose_locust(files)
    write_documents(report, prefix.with_name(f"{prefix.name}_report") if out is None else out, formats)
    return report


def read_locust(prefix: Path) -> LocustFiles:
    """Read the files of a prefix; UserError if the first is missing or one isn't Locust's."""
    stats = _read(prefix.with_name(f"{prefix.name}{STATS_FILE}"), STATS, needed=True)
    times = [str(name) for name in stats if str(name).endswith("Response Time") or name in PERCENTILES]
    stats[times] = stats[times] / 1000
    total = stats[stats["Name"] == TOTAL]
    if not len(total):
        raise UserError(f"{prefix}_stats.csv: has no row {TOTAL}; was it cut off?")
    history = _read(prefix.with_name(f"{prefix.name}_stats_history.csv"), HISTORY)
    history[["50%", "95%"]] = history[["50%", "95%"]].astype(float).replace(0.0, np.nan) / 1000
    return LocustFiles(
        name=prefix.name,
        stats=stats[stats["Name"] != TOTAL],
        total=total.iloc[0],
        history=history,
        failures=_read(prefix.with_name(f"{prefix.name}_failures.csv"), ("Method", "Name", "Error", "Occurrences")),
    )


def compose_locust(files: LocustFiles) -> Report:
    """The report of these files."""
    sentence = "Locust's own summaries, read as they are: what they were computed from isn't here, so nothing can be checked."
    report = Report(
        title=f"Locust test {files.name}",
        run=files.name,
        facts=_facts(files),
        trust="IMPORTED",
        trust_sentence=sentence,
        reasons=_reasons(files),
        answers=_answers(files),
        hero=_chart(files),
        sections=(
            Section(id="results", title="Results", blocks=(_requests(files),)),
            Section(id="latency", title="Latency", blocks=(_percentiles(files),)),
            Section(id="errors", title="Errors by cause", blocks=(_errors(files),)),
            Section(id="method", title="Method", blocks=_method(files)),
        ),
    )
    return numbered(report)


def _read(file: Path, columns: Sequence[str], needed: bool = False) -> pd.DataFrame:
    if not file.is_file() and not needed:
        return pd.DataFrame({name: [] for name in columns})
    try:
        rows = pd.read_csv(file, na_values=["N/A"], keep_default_na=False)
    except FileNotFoundError:
        prefix = file.with_name(file.name.removesuffix(STATS_FILE))
        raise UserError(f"{prefix}: no such run folder (nor Locust's {file.name})") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{file}: not a CSV file: {error}") from None
    missing = [name for name in columns if name not in rows]
    if missing:
        raise UserError(f"{file}: lacks the column {missing[0]!r}; is it one of Locust's CSV files?")
    return rows


def _facts(files: LocustFiles) -> tuple[tuple[str, str], ...]:
    facts = [("Files", f"{files.name}_*.csv"), ("Requests", f"{int(files.total['Request Count']):,}")]
    if len(files.history):
        start, end = float(files.history["Timestamp"].min()), float(files.history["Timestamp"].max())
        facts += [("Started", when(start)), ("Length", span(end - start))]
        facts.append(("Users", f"up to {int(files.history['User Count'].max()):,}"))
    return tuple(facts)


def _reasons(files: LocustFiles) -> tuple[Finding, ...]:
    rows = "Run it with stepload, which records every request and every job."
    found = [
        Finding(level="warning", subject="Rounding", sentence=f"Every percentile is {ROUNDED}, up to 5 % off.", remedy=rows),
        Finding(
            level="warning",
            subject="Jobs",
            sentence="Locust counts requests: jobs, their outcomes and the time they took are not in its files.",
        ),
    ]
    if not len(files.history):
        found.append(
            Finding(level="note", subject="History", sentence="There is no history file, so nothing is known over time.")
        )
    return tuple(found)


def _answers(files: LocustFiles) -> tuple[Finding, ...]:
    total = files.total
    requests, failed = int(total["Request Count"]), int(total["Failure Count"])
    unknown = "Not known: these files tell neither steps nor what was offered."
    latency = listed(
        f"{name.rstrip('%')} % within {ROUNDED_MS.with_symbol(float(total[name]))}" for name in ("50%", "95%", "99%")
    )
    seen = Source(figures=named(["overview"]))
    return (
        Finding(
            level="note",
            subject="Throughput",
            sentence=f"{rate(float(total['Requests/s']), 'requests')}, as a mean over the whole test, ramps included; "
            "jobs/s are not known.",
            numbers={"requests_per_s": float(total["Requests/s"])},
            evidence=count_of(requests, "request") + ".",
            source=seen,
        ),
        Finding(
            level="note",
            subject="Latency distribution",
            sentence=f"Over the whole test: {latency} ({ROUNDED}).",
            numbers={"mean_s": float(total["Average Response Time"])},
            evidence=f"Mean {seconds(float(total['Average Response Time']))}, not rounded.",
            source=seen,
        ),
        Finding(level="note", subject="Best operating conditions", sentence=unknown),
        Finding(
            level="bad" if failed else "note",
            subject="Limits",
            sentence=f"Not known. {share(failed / requests) if requests else 'None'} of the requests failed.",
            numbers={"failed": failed, "requests": requests},
            source=seen,
        ),
    )


def _requests(files: LocustFiles) -> Table:
    rows = pd.concat([files.stats, files.total.to_frame().T])
    mean = unit_of(list(files.stats["Average Response Time"]), "seconds")
    shares = [float(f) / float(n) if n else None for f, n in zip(rows["Failure Count"], rows["Request Count"], strict=True)]
    return table(
        "Requests over the whole test",
        (Column(title="Request", words=True), words(*rows["Name"])),
        (Column(title="Type", words=True), words(*rows["Type"])),
        (Column(title="Requests"), [Cell(text=f"{int(n):,}", value=int(n)) for n in rows["Request Count"]]),
        (Column(title="Requests/s"), column_of([float(v) for v in rows["Requests/s"]], "rate")[1]),
        (Column(title="Failed"), [Cell(text=share(value), value=value) for value in shares]),
        (Column(title="Mean", unit=mean.symbol), numbers([float(v) for v in rows["Average Response Time"]], mean)),
        note="Requests/s: a mean over the whole test. Mean: not rounded.",
    )


def _percentiles(files: LocustFiles) -> Table:
    rows = pd.concat([files.stats, files.total.to_frame().T])
    return table(
        "Percentiles over the whole test",
        (Column(title="Request", words=True), words(*rows["Name"])),
        *(
            (Column(title=name.replace("%", " %"), unit="ms"), numbers([float(v) for v in rows[name]], ROUNDED_MS))
            for name in PERCENTILES
        ),
        note=f"Each is {ROUNDED}, before it was counted. Locust prints high percentiles even of few requests: one that fewer "
        "than 10 requests lie above is no more than the slowest of them.",
    )


def _errors(files: LocustFiles) -> Block:
    rows = files.failures
    if not len(rows):
        return Text(text="No failure was recorded.")
    return table(
        "Failures, as Locust grouped them",
        (Column(title="Method", words=True), words(*rows["Method"])),
        (Column(title="Request", words=True), words(*rows["Name"])),
        (Column(title="Error", words=True), words(*rows["Error"])),
        (Column(title="Count"), [Cell(text=f"{int(n):,}", value=int(n)) for n in rows["Occurrences"]]),
    )


def _chart(files: LocustFiles) -> Chart | None:
    rows = files.history[files.history["Name"] == TOTAL]
    if len(rows) < 2:
        return None
    t = (rows["Timestamp"] - rows["Timestamp"].min()).to_numpy(dtype=np.float64)
    windows = "of windows of about 10 s" if files.full else "of everything since the start (cumulative)"
    panels = (
        Panel(title="users", dimension="number", series=(series("users", "clients", t, column(rows, "User Count")),)),
        Panel(
            title="requests/s, mean of 10 s",
            dimension="rate",
            series=(
                series("requests", "all", t, column(rows, "Requests/s")),
                series("failures", "failed", t, column(rows, "Failures/s")),
            ),
        ),
        Panel(
            title="service time",
            dimension="seconds",
            series=(series("95 %", "p95", t, column(rows, "95%")), series("50 %", "median", t, column(rows, "50%"))),
        ),
    )
    caption = f"Users, requests per second, and service time over all requests: percentiles {windows}, {ROUNDED}."
    return Chart(name="overview", title="The test at a glance", caption=caption, x_title="", panels=panels)


def _method(files: LocustFiles) -> tuple[Block, ...]:
    kind = (
        "Percentiles over time are of windows of about 10 seconds, since the history was written in full."
        if files.full
        else "Percentiles over time are cumulative: each is of everything since the start, so it hides how the end differs."
    )
    said = (
        f"Percentiles are Locust's: service times, which it calls response times, are {ROUNDED} before they are counted. That "
        "is up to 5 % off above 10 ms, up to 20 % below.",
        kind,
        "Requests per second over time are Locust's mean of the last 10 seconds, two seconds late.",
        "Every request that Locust was told of is counted; polls that a test script left out are not.",
        f"The mean over all requests is {seconds(float(files.total['Average Response Time']))}; means, minima and "
        "maxima are not rounded.",
    )
    return (Items(items=said),)
