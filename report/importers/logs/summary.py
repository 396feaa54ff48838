"""What a log of requests says of its test: exact percentiles by name, errors by cause, the test over time, steps, stalls."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from profiles import UserError
from report.charts.binning import bin_edges, binned_quantiles, middles, rates
from report.document.finding import Finding
from report.importers.imported import Cause, Imported, Named, OverTime, Words
from report.importers.input_file import InputFile
from report.importers.options import Options
from report.importers.tables import MOST
from report.stats.quantiles import PERCENTILES, Array, quantile, quantiles
from report.stats.stalls import find_stalls

from .request_log import OK, Clients, Codes, RequestLog, clients_of, folded, together
from .steps import capacity_of, steps_of

PS = (*PERCENTILES, 1.0)
BINS = 200
LONGEST = 366 * 86400.0
"""Seconds that a test may last: longer ones are rows with a time that is none."""
TRUST = "A log of another tool, counted row by row: the numbers are exact, but nothing tells whether its load generator kept up."


@dataclass(frozen=True)
class Tool:
    """What wrote a log, in words: its `name`, what it calls `clients`, and what else of its `method` is worth knowing."""

    name: str
    clients: str
    method: tuple[str, ...]


def summed_up(files: Sequence[InputFile], logs: Sequence[RequestLog], tool: Tool, options: Options) -> Imported:
    """The test that these logs, one of each file, tell of. Raises UserError."""
    log = _in_order(folded(together(logs), options))
    if not len(log.start):
        raise UserError(f"{files[0].path}: holds no request")
    ended = log.start + log.seconds
    zero, end = float(log.start[0]), float(ended.max())
    if end - zero > LONGEST:
        raise UserError(f"{files[0].path}: times more than a year apart: a row's time is wrong, or in another unit")
    clients = clients_of(log, zero, end)
    steps = steps_of(log, clients, zero, ended)
    stalls = [] if log.coarse else find_stalls(log.start, ended, zero, end)
    names, others = _names(log, end - zero)
    return Imported(
        title=f"{tool.name} test {files[0].stem}",
        name=files[0].stem,
        files=", ".join(file.path.name for file in files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else ""),
        names=names,
        total=_named("All", log.seconds, log.cause, end - zero),
        ps=PS,
        words=_words(log, tool),
        causes=None if log.cause is None else _causes(log),
        others=others,
        started=None if log.relative else zero,
        seconds=end - zero,
        clients=int(clients.counts.max()) if clients else None,
        clients_word=tool.clients,
        over_time=_over_time(log, clients, zero, end),
        steps=steps,
        saturation=capacity_of(log, zero, ended, steps),
        stalls=[stall._replace(start=stall.start - zero, end=stall.end - zero) for stall in stalls],
    )


def _in_order(log: RequestLog) -> RequestLog:
    if (np.diff(log.start) >= 0).all():
        return log
    order = np.argsort(log.start, kind="stable")
    cause = None if log.cause is None else log.cause[order]
    return replace(log, start=log.start[order], seconds=log.seconds[order], name=log.name[order], cause=cause)


def _names(log: RequestLog, length: float) -> tuple[list[Named], Named | None]:
    """Each name, and the sum of those beyond the most frequent if there are more than a page carries."""
    order = np.argsort(log.name, kind="stable")
    bounds = np.searchsorted(log.name[order], np.arange(len(log.names) + 1))
    seconds, cause = log.seconds[order], None if log.cause is None else log.cause[order]

    def part(i: int) -> Named:
        rows = slice(bounds[i], bounds[i + 1])
        return _named(log.names[i], seconds[rows], None if cause is None else cause[rows], length)

    counts = np.diff(bounds)
    present = [i for i in sorted(range(len(log.names)), key=log.names.__getitem__) if counts[i]]
    names = [part(i) for i in present]
    if len(names) <= MOST:
        return names, None
    largest = sorted(present, key=lambda i: -counts[i])[:MOST]
    rest = ~np.isin(log.name, np.array(largest))
    return names, _named(
        f"{len(names) - MOST:,} others", log.seconds[rest], None if log.cause is None else log.cause[rest], length
    )


def _named(name: str, seconds: Array, cause: Codes | None, length: float) -> Named:
    n = len(seconds)
    return Named(
        name=name,
        method="",
        requests=n,
        failed=None if cause is None else int(np.count_nonzero(cause != OK)),
        rate=n / length if length > 0 else None,
        mean=float(seconds.mean()) if n else None,
        percentiles=(*quantiles(seconds).values(), quantile(seconds, 1.0) if n else None),
    )


def _causes(log: RequestLog) -> list[Cause]:
    assert log.cause is not None
    failed = log.cause != OK
    pairs, counts = np.unique(np.stack([log.name[failed], log.cause[failed]]), axis=1, return_counts=True)
    causes = [Cause("", log.names[n], log.causes[c], int(count)) for n, c, count in zip(*pairs, counts, strict=True)]
    return sorted(causes, key=lambda cause: (-cause.count, cause.name, cause.error))


def _over_time(log: RequestLog, clients: Clients | None, zero: float, end: float) -> OverTime:
    edges = bin_edges(end - zero, BINS)
    t, width = log.start - zero, float(edges[1] - edges[0])
    median, p95 = binned_quantiles(t, log.seconds, edges)
    counts = None
    if clients:
        seconds = np.floor(middles(edges) + zero - clients.first).astype(np.int64)
        counts = clients.counts[np.clip(seconds, 0, len(clients.counts) - 1)]
    return OverTime(
        t=middles(edges),
        clients=counts,
        requests=rates(t, edges),
        failures=None if log.cause is None else rates(t[log.cause != OK], edges),
        median=median,
        p95=p95,
        rates=f"mean of {width:g} s",
        percentiles=f"of windows of {width:g} s",
    )


def _words(log: RequestLog, tool: Tool) -> Words:
    reasons = [
        Finding(
            level="warning",
            subject="Load generator",
            sentence=f"{tool.name}'s log doesn't tell whether requests left when they were due: a load generator that is too "
            "busy, or waits for slow replies, makes a service look better than it is.",
            remedy="Run it with stepload, which measures that.",
        ),
        Finding(level="note", subject="Jobs", sentence="The log holds requests: jobs and the time they took are not in it."),
        *(Finding(level="note", subject="Rows", sentence=text) for text in log.left_out),
    ]
    if log.coarse:
        text = "Times are in whole seconds: too coarse to see for how long nothing came back."
        reasons.append(Finding(level="note", subject="Stalls", sentence=text))
    if not log.clients:
        text = f"{tool.clients} are not told, so steps of the load can't be told apart."
        reasons.append(Finding(level="note", subject="Steps", sentence=text))
    return Words(
        trust=TRUST,
        precision="",
        results="Requests/s: a mean over the whole test.",
        latency="Exact, of every row (linear: Hyndman and Fan's type 7); printed where at least 10 requests lie above it.",
        errors="Failures by cause",
        reasons=tuple(reasons),
        method=("Percentiles are computed from every row, failed requests among them.", *tool.method),
    )
