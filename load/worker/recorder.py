"""The worker's side of the record: rows become CSV bytes at once, and leave in numbered chunks until acknowledged."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from load.protocol.messages import Chunk, no_counts
from report.recording.rows import JobRow, RequestRow, SampleRow, encode_job, encode_request, encode_sample

LATE = 0.1
"""An arrival sent more than so many seconds after it was due is late."""

MAX_UNACKED = 64 << 20
"""Bytes kept for a master that doesn't acknowledge; rows beyond them are dropped, and counted."""

Row = TypeVar("Row")


class Page(Generic[Row]):
    """Rows on their way to `keepers`, so many at a time: a call of each of them for each row takes longer than all they do."""

    SIZE = 256
    """Few enough that nobody waits while they are kept."""

    def __init__(self, *keepers: Callable[[Sequence[Row]], None]) -> None:
        self._keepers = keepers
        self._rows: list[Row] = []

    def add(self, row: Row) -> None:
        """One more."""
        self._rows.append(row)
        if len(self._rows) == self.SIZE:
            self.turn()

    def turn(self) -> None:
        """Pass on what there is."""
        rows, self._rows = self._rows, []
        for keep in self._keepers:
            keep(rows)


class Recorder:
    """Collects the rows of one worker."""

    def __init__(self, worker: int) -> None:
        self._worker = worker
        self._requests: list[str] = []
        self._jobs: list[str] = []
        self._samples: list[str] = []
        self._seq = 0
        self._unacked: OrderedDict[int, Chunk] = OrderedDict()
        self._unacked_bytes = 0
        self.counters = no_counts()

    def requests(self, rows: Sequence[RequestRow]) -> None:
        """Record completed requests."""
        self._requests.extend(map(encode_request, rows))
        self.counters["late"] += sum(row.sent - row.due > LATE for row in rows if row.endpoint == "submit")

    def jobs(self, rows: Sequence[JobRow]) -> None:
        """Record ended jobs."""
        self._jobs.extend(map(encode_job, rows))

    def sample(self, row: SampleRow) -> None:
        """Record a sample of this generator."""
        self._samples.append(encode_sample(row))

    def sample_lines(self, lines: bytes) -> None:
        """Record finished lines of samples.csv."""
        self._samples.append(lines.decode())

    def cut(self, mark: float, clients: int, in_flight: int, final: bool, left: str = "") -> Chunk:
        """Take everything recorded so far into the next chunk, kept until it is acknowledged."""
        if self._unacked_bytes > MAX_UNACKED:
            self.counters["rows_dropped"] += len(self._requests) + len(self._jobs)
            self._requests, self._jobs, self._samples = [], [], []
        self.counters["requests_sent"] += len(self._requests)
        self.counters["jobs_sent"] += len(self._jobs)
        self._seq += 1
        chunk = Chunk(
            worker=self._worker,
            seq=self._seq,
            mark=mark,
            requests="".join(self._requests).encode(),
            jobs="".join(self._jobs).encode(),
            samples="".join(self._samples).encode(),
            counters=self.counters.copy(),
            clients=clients,
            in_flight=in_flight,
            final=final,
            left=left,
        )
        self._requests, self._jobs, self._samples = [], [], []
        self._unacked[self._seq] = chunk
        self._unacked_bytes += _size(chunk)
        return chunk

    def acknowledge(self, seq: int) -> None:
        """Forget the chunks up to `seq`: the master has written them."""
        while self._unacked and next(iter(self._unacked)) <= seq:
            _, chunk = self._unacked.popitem(last=False)
            self._unacked_bytes -= _size(chunk)

    def unacknowledged(self) -> list[Chunk]:
        """The chunks that the master hasn't acknowledged, oldest first."""
        return list(self._unacked.values())


def _size(chunk: Chunk) -> int:
    return len(chunk["requests"]) + len(chunk["jobs"]) + len(chunk["samples"])
