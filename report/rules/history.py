"""What the stop rules can see: the recent rows, by the whole second in which they completed.

Rows may arrive in any order and from any worker; a second is looked at only when all of it is there. So the
rules see the same whether they run live or over the files afterwards.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from report.measure import JOB_NEEDS, REQUEST_NEEDS, Columns, Floats, Window
from report.recording.rows import COMPLETED

KEEP = 120
"""Seconds of rows kept, unless a profile's window is longer: so memory does not grow with the length of a run."""
KEEP_TALLIES = 4 * 3600
"""Seconds of counts kept: they are small, and some rules look back over a whole hold."""

OPEN_JOBS = "jobs"
"""What a generator calls its jobs in flight in samples.csv."""

Table = dict[str, NDArray[Any]]

_REQUESTS = ("endpoint", "kind", "tenant", "due", "sent", "seconds", "ok", "bytes", "code", "error")
_JOBS = ("kind", "tenant", "due", "done_after", "done_before", "ended", "created", "started", "finished", "outcome", "bytes_up",
         "bytes_down", "error")  # fmt: skip


@dataclass(frozen=True)
class Second:
    """The rows that completed in one second."""

    requests: Columns
    jobs: Columns
    samples: Mapping[tuple[str, str], Floats]

    def tally(self, more_in_flight: float | None) -> "Tally":
        """Its counts; `more_in_flight` is by how much the jobs in flight grew, where the generators tell."""
        arrivals, ends = int(np.count_nonzero(self.requests["endpoint"] == "submit")), len(self.jobs["outcome"])
        return Tally(
            requests=len(self.requests["endpoint"]),
            arrivals=arrivals if more_in_flight is None else ends + round(more_in_flight),
            ends=ends,
            completed=int(np.isin(self.jobs["outcome"], COMPLETED).sum()),
        )


class Tally(NamedTuple):
    """The counts of one second: requests that completed; jobs that arrived, that ended however, that succeeded or
    failed.

    A job arrives when its generator starts it; where generators don't tell, when its submit has its reply.
    """

    requests: int
    arrivals: int
    ends: int
    completed: int


class History:
    """Rows in, seconds out."""

    def __init__(self, keep: int = KEEP) -> None:
        self.second = 0
        self.late_rows = 0
        self._seconds: deque[Second] = deque(maxlen=keep)
        self._tallies: deque[Tally] = deque(maxlen=KEEP_TALLIES)
        self.in_flight: dict[tuple[str, str], int] = defaultdict(int)
        self._told: dict[str, float] = {}
        self._waiting: dict[int, dict[str, list[Table]]] = defaultdict(lambda: defaultdict(list))

    def add_requests(self, table: pa.Table) -> None:
        """Rows of requests.csv."""
        columns = _columns(table, _REQUESTS)
        self._add("requests", columns, columns["sent"] + columns["seconds"])

    def add_jobs(self, table: pa.Table) -> None:
        """Rows of jobs.csv."""
        columns = _columns(table, _JOBS)
        self._add("jobs", columns, columns["ended"])

    def add_samples(self, table: pa.Table) -> None:
        """Rows of samples.csv."""
        columns = _columns(table, ("t", "source", "metric", "value"))
        self._add("samples", columns, columns["t"])

    def next_second(self) -> Second:
        """Close the next second, which is complete, and return its rows."""
        waiting = self._waiting.pop(self.second, {})
        samples: dict[tuple[str, str], list[float]] = defaultdict(list)
        for part in waiting.get("samples", ()):
            for source, metric, value in zip(part["source"], part["metric"], part["value"], strict=True):
                samples[source, metric].append(float(value))
        second = Second(
            requests=_joined(waiting.get("requests", ()), _REQUESTS),
            jobs=_joined(waiting.get("jobs", ()), _JOBS),
            samples={key: np.array(values) for key, values in samples.items()},
        )
        self._seconds.append(second)
        self._tallies.append(second.tally(self._told_growth(second)))
        self._count(second.requests, second.requests["endpoint"] == "submit", 1)
        self._count(second.jobs, np.ones(len(second.jobs["outcome"]), dtype=bool), -1)
        self.second += 1
        return second

    @property
    def open_jobs(self) -> int:
        """Jobs in flight, those whose submit has no reply yet among them where the generators tell."""
        return round(sum(self._told.values())) if self._told else sum(self.in_flight.values())

    def last(self, seconds: int) -> list[Second]:
        """The last so many seconds, oldest first; fewer at the start."""
        return list(islice(self._seconds, max(0, len(self._seconds) - seconds), None))

    def tallies(self, seconds: int, before: int = 0) -> list[Tally]:
        """The counts of the seconds in [second − before − seconds, second − before), oldest first."""
        stop = max(0, len(self._tallies) - before)
        return list(islice(self._tallies, max(0, stop - seconds), stop))

    def window(self, seconds: int) -> Window:
        """The last so many seconds, as a condition is measured over them."""
        parts = self.last(seconds)
        samples: dict[tuple[str, str], list[Floats]] = defaultdict(list)
        for part in parts:
            for key, values in part.samples.items():
                samples[key].append(values)
        requests = _joined([dict(p.requests) for p in parts], REQUEST_NEEDS)
        jobs = _joined([dict(p.jobs) for p in parts], JOB_NEEDS)
        return Window(
            start=float(self.second - len(parts)),
            end=float(self.second),
            requests=requests,
            jobs=jobs,
            samples={key: np.concatenate(values) for key, values in samples.items()},
            in_flight=self._in_flight_before(requests, jobs),
        )

    def newest_samples(self, within: int) -> dict[tuple[str, str], Floats]:
        """The samples of the last second that has any, for each source and metric of the last so many seconds."""
        newest: dict[tuple[str, str], Floats] = {}
        for part in self.last(within):
            newest |= part.samples
        return newest

    def _told_growth(self, second: Second) -> float | None:
        before = sum(self._told.values())
        for (source, metric), values in second.samples.items():
            if metric == OPEN_JOBS and source.startswith("generator-"):
                self._told[source] = float(values[-1])
        return sum(self._told.values()) - before if self._told else None

    def _add(self, name: str, columns: Table, completed: NDArray[np.float64]) -> None:
        seconds = np.floor(completed).astype(np.int64)
        order = np.argsort(seconds, kind="stable")
        late = int(np.searchsorted(seconds[order], self.second))
        self.late_rows += late
        kept = order[late:]
        for chosen in np.split(kept, np.flatnonzero(np.diff(seconds[kept])) + 1) if len(kept) else ():
            self._waiting[int(seconds[chosen[0]])][name].append({key: column[chosen] for key, column in columns.items()})

    def _count(self, rows: Columns, chosen: NDArray[np.bool_], sign: int) -> None:
        for kind, tenant in zip(rows["kind"][chosen], rows["tenant"][chosen], strict=True):
            self.in_flight[kind, tenant] += sign

    def _in_flight_before(self, requests: Columns, jobs: Columns) -> dict[tuple[str, str], int]:
        before = dict(self.in_flight)
        submits = requests["endpoint"] == "submit"
        for kind, tenant in zip(requests["kind"][submits], requests["tenant"][submits], strict=True):
            before[kind, tenant] -= 1
        for kind, tenant in zip(jobs["kind"], jobs["tenant"], strict=True):
            before[kind, tenant] += 1
        return before


def pooled(parts: Iterable[Second], subject: str) -> Columns:
    """The rows of one endpoint, or of ended jobs, over several seconds."""
    if subject == "job":
        return _joined([dict(part.jobs) for part in parts], _JOBS)
    rows = _joined([dict(part.requests) for part in parts], _REQUESTS)
    return chosen_rows(rows, rows["endpoint"] == subject)


def chosen_rows(rows: Columns, chosen: NDArray[np.bool_]) -> Table:
    """Those rows in which `chosen` is true."""
    return {name: column[chosen] for name, column in rows.items()}


def _columns(table: pa.Table, names: tuple[str, ...]) -> Table:
    return {name: _array(table.column(name)) for name in names}


def _array(column: pa.ChunkedArray) -> NDArray[Any]:
    """Equal texts are one object: an object for each row would be most of what the rows take."""
    values: NDArray[Any]
    if pa.types.is_string(column.type):
        coded = column.combine_chunks().dictionary_encode()
        values = coded.dictionary.to_numpy(zero_copy_only=False)[coded.indices.to_numpy()]
    else:
        values = column.to_numpy(zero_copy_only=False)
    return values


def _joined(parts: Iterable[Table], names: tuple[str, ...]) -> Table:
    tables = [part for part in parts if len(part[names[0]])]
    if not tables:
        return {name: np.empty(0, dtype=_DTYPES.get(name, np.float64)) for name in names}
    return {name: np.concatenate([table[name] for table in tables]) for name in names}


_DTYPES: dict[str, Any] = dict.fromkeys(("endpoint", "kind", "tenant", "outcome", "error"), object) | {"ok": np.bool_}
