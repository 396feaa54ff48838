"""JMeter's samples, from CSV or XML: which of them count, and why they failed."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from report.stats.quantiles import Array

from .request_log import OK, Codes, RequestLog, Seen, Texts
from .summary import Tool

TOOL = Tool(
    name="JMeter",
    clients="Threads",
    method=(
        "A sample's time stamp is taken for its start, which is JMeter's default; its time is elapsed, from sending to the last "
        "byte, in whole milliseconds.",
        "Threads: the most of allThreads that the samples ending in a second tell, added up over hosts and files.",
        "A transaction's row counts only where the samples in it have no rows of their own.",
    ),
)
HALF = 0.0005
"""Half of the millisecond in which JMeter counts: a sample that began when another ended is told from one within it."""
COLUMNS = ("label", "success", "responseCode", "responseMessage", "failureMessage", "threadName", "Hostname")
"""JMeter's columns that hold words."""
MOST_THREADS = 1e9
"""More threads than this are no count."""
TRANSACTION = "Number of samples in transaction"
"""How the message of a transaction's row begins."""


class Samples:
    """The samples of one file, added block by block: what is known of them goes by the names of JMeter's columns."""

    def __init__(self) -> None:
        self.texts = {name: Texts() for name in COLUMNS}
        self._start: list[Array] = []
        self._seconds: list[Array] = []
        self._codes: dict[str, list[Codes]] = {}
        self._threads: list[NDArray[np.float32]] = []

    def add(self, start: Array, seconds: Array, codes: Mapping[str, Codes], threads: Any = None) -> None:
        """A block of samples: epoch seconds, seconds, places in `texts`, and allThreads (None: not known)."""
        self._start.append(start)
        self._seconds.append(seconds)
        for name, places in codes.items():
            self._codes.setdefault(name, []).append(places)
        if threads is not None:
            self._threads.append(np.asarray(threads, dtype=np.float32))

    def log(self, left_out: Iterable[str] = ()) -> RequestLog:
        """All samples but the transactions that hold others."""
        if not self._start:
            return RequestLog(np.empty(0), np.empty(0), (), np.empty(0, np.int16), (), None)
        start, seconds = _whole(self._start), _whole(self._seconds)
        codes = {name: _whole(parts) for name, parts in self._codes.items()}
        holds = self._holding(start, seconds, codes)
        names, causes = self.texts["label"], Texts()
        cause = self._causes(codes, causes) if "success" in codes else None
        log = RequestLog(
            start=start,
            seconds=seconds,
            names=names.all if "label" in codes else ("samples",),
            name=codes.get("label", np.zeros(len(start), dtype=np.int16)),
            causes=causes.all,
            cause=cause,
            clients=self._clients(start + seconds, codes),
            left_out=tuple(left_out),
        )
        return log.without(holds, "transactions: rows that sum up others, which count themselves") if holds.any() else log

    def _holding(self, start: Array, seconds: Array, codes: Mapping[str, Codes]) -> NDArray[np.bool_]:
        messages = [text.startswith(TRANSACTION) for text in self.texts["responseMessage"].all]
        if not any(messages):
            return np.zeros(len(start), dtype=np.bool_)
        transaction = np.array(messages)[codes["responseMessage"]]
        thread = codes.get("threadName", np.zeros(len(start), dtype=np.int16))
        return holding_others(start, seconds, thread, transaction)

    def _causes(self, codes: Mapping[str, Codes], causes: Texts) -> Codes:
        nothing = np.zeros(len(codes["success"]), dtype=np.int16), ("",)
        told = ("responseCode", "responseMessage", "failureMessage")
        columns = tuple((codes[name], self.texts[name].all) if name in codes else nothing for name in told)
        return causes_of(codes["success"], self.texts["success"].all, columns, causes)

    def _clients(self, ended: Array, codes: Mapping[str, Codes]) -> tuple[Seen, ...]:
        """Threads at the ends of samples, those of several hosts in one file apart."""
        if not self._threads:
            return ()
        threads, hosts = _whole(self._threads), len(self.texts["Hostname"].all)
        if hosts < 2:
            return (Seen(ended, threads),)
        of = [codes["Hostname"] == host for host in range(hosts)]
        return tuple(Seen(ended[host], threads[host]) for host in of)


def _whole(parts: list[NDArray[Any]]) -> NDArray[Any]:
    """The parts as one array; the list gives them up, so that memory holds no more than one column twice."""
    whole = np.concatenate(parts)
    parts.clear()
    return whole


def cause_text(code: str, message: str, failure: str) -> str:
    """Why a sample failed: the assertion where the reply was fine, else the reply's code and message."""
    if failure and (not code or code[0] in "23"):
        return failure
    return f"{code} {message}".strip() or "failed"


def causes_of(success: Codes, words: tuple[str, ...], columns: tuple[tuple[Codes, tuple[str, ...]], ...], causes: Texts) -> Codes:
    """The cause of each sample: OK, or the number of its text. `success` are places in `words`; `columns` hold code, message and
    failure message as (places, texts)."""
    good = np.array([word.strip().lower() == "true" for word in words], dtype=np.bool_)[success]
    found = np.full(len(success), OK, dtype=np.int32)
    failed = np.flatnonzero(~good)
    if len(failed):
        pairs, which = np.unique(np.stack([places[failed] for places, _ in columns]), axis=1, return_inverse=True)
        texts = [cause_text(*(text[i] for (_, text), i in zip(columns, pair, strict=True))) for pair in pairs.T]
        found[failed] = causes.codes(texts)[which.ravel()]
    return found


def holding_others(start: Array, seconds: Array, thread: Codes, transaction: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which transactions have rows of their own samples beside them: rows of the same thread that began while they lasted.

    Where JMeter makes a transaction the parent of its samples, these have no rows: it alone counts.
    """
    zero, span = float(start.min()), float((start + seconds).max() - start.min()) + 1
    place = thread * span + (start - zero)
    plain = np.sort(place[~transaction])
    begin, lasted = place[transaction] - HALF, seconds[transaction]
    holds = np.zeros(len(start), dtype=np.bool_)
    holds[transaction] = np.searchsorted(plain, begin + np.maximum(lasted, 2 * HALF)) > np.searchsorted(plain, begin)
    return holds
