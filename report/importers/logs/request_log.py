"""Requests one by one, as arrays: what every log of a load generator comes down to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from report.importers.options import Options
from report.stats.quantiles import Array

Codes = NDArray[np.signedinteger]
"""Places of texts, in as few bytes as their number takes."""
FEW = 2**15
"""So many texts have numbers of two bytes, which numpy also sorts faster."""
OK = -1
"""The code of a cause that is none."""


class Seen(NamedTuple):
    """How many clients one machine had at some moments (epoch s), in any order."""

    moments: Array
    counts: NDArray[np.floating]


@dataclass(frozen=True)
class Clients:
    """How many clients there were in each second from `first` (epoch s) on; NaN where nothing tells."""

    first: int
    counts: Array


@dataclass(frozen=True)
class RequestLog:
    """Requests in any order. `start` in epoch seconds (or since the start, if `relative`), `seconds` each took.

    `name` are places in `names`, `cause` places in `causes`, or OK. `cause` is None where the log doesn't tell failures.
    `clients`: of each machine that tells them. `left_out`: sentences on rows that don't count. `coarse`: times are in whole
    seconds, too coarse to see silences.
    """

    start: Array
    seconds: Array
    names: tuple[str, ...]
    name: Codes
    causes: tuple[str, ...]
    cause: Codes | None
    clients: tuple[Seen, ...] = ()
    relative: bool = False
    left_out: tuple[str, ...] = ()
    coarse: bool = False

    def without(self, rows: NDArray[np.bool_], what: str) -> "RequestLog":
        """The log without these rows, which is said."""
        said = f"Left out are {int(rows.sum()):,} {what}."
        return replace(
            self,
            start=self.start[~rows],
            seconds=self.seconds[~rows],
            name=self.name[~rows],
            cause=None if self.cause is None else self.cause[~rows],
            left_out=(*self.left_out, said),
        )


class Texts:
    """Gives each different text a number, in the order of their first use."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def code(self, text: str) -> int:
        """The number of a text."""
        return self._numbers.setdefault(text, len(self._numbers))

    def codes(self, texts: Iterable[str]) -> Codes:
        """The numbers of some texts."""
        found = [self.code(text) for text in texts]
        return np.array(found, dtype=np.int16 if len(self._numbers) <= FEW else np.int32)

    @property
    def all(self) -> tuple[str, ...]:
        """The texts in the order of their numbers."""
        return tuple(self._numbers)


def together(logs: Sequence[RequestLog]) -> RequestLog:
    """The logs of one test that several machines made: all requests, clients added up second by second."""
    if len(logs) == 1:
        return logs[0]
    names, causes = Texts(), Texts()
    name = [names.codes(log.names)[log.name] for log in logs]
    cause = [_recoded(causes.codes(log.causes), log.cause) for log in logs]
    return RequestLog(
        start=np.concatenate([log.start for log in logs]),
        seconds=np.concatenate([log.seconds for log in logs]),
        names=names.all,
        name=np.concatenate(name),
        causes=causes.all,
        cause=np.concatenate(cause) if all(log.cause is not None for log in logs) else None,
        clients=tuple(seen for log in logs for seen in log.clients) if all(log.clients for log in logs) else (),
        relative=any(log.relative for log in logs),
        coarse=any(log.coarse for log in logs),
        left_out=tuple(dict.fromkeys(text for log in logs for text in log.left_out)),
    )


def folded(log: RequestLog, options: Options) -> RequestLog:
    """With those names and causes in one that differ only in what the options fold."""
    if not options.fold:
        return log
    names, causes = Texts(), Texts()
    name = names.codes(map(options.folded, log.names))[log.name]
    cause = _recoded(causes.codes(map(options.folded, log.causes)), log.cause)
    return replace(log, names=names.all, name=name, causes=causes.all, cause=cause if log.cause is not None else None)


def clients_of(log: RequestLog, start: float, end: float) -> Clients | None:
    """The clients of all machines together in each second of [start, end]; None where they aren't told."""
    inside = [(seen, (seen.moments >= start - 1) & (seen.moments <= end + 1)) for seen in log.clients]
    parts = [_by_second(seen.moments[within], seen.counts[within]) for seen, within in inside if within.any()]
    return _added_up(parts) if parts else None


def _by_second(moments: Array, counts: NDArray[np.floating]) -> Clients:
    """The most clients that were seen in each second; a second that tells nothing is taken to be as the one before."""
    seconds = np.floor(moments).astype(np.int64)
    first = int(seconds.min())
    most = np.full(int(seconds.max()) - first + 1, -np.inf)
    np.maximum.at(most, seconds - first, counts)
    known = np.maximum.accumulate(np.where(np.isfinite(most), np.arange(len(most)), 0))
    return Clients(first, most[known])


def _added_up(parts: Sequence[Clients]) -> Clients:
    first = min(part.first for part in parts)
    counts = np.zeros(max(part.first + len(part.counts) for part in parts) - first)
    for part in parts:
        counts[part.first - first :][: len(part.counts)] += part.counts
    return Clients(first, counts)


def _recoded(codes: Codes, cause: Codes | None) -> Codes:
    if cause is None:
        return np.empty(0, dtype=np.int32)
    return np.append(codes, codes.dtype.type(OK))[cause]
