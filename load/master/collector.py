"""The master's side of the record: chunks of finished CSV are appended as they come, each exactly once."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from load.protocol.messages import Chunk, Counters, no_counts
from report.recording.event import Event
from report.recording.event_lines import encode_event
from report.recording.rows import JOB_COLUMNS, REQUEST_COLUMNS, SAMPLE_COLUMNS, header
from report.recording.run_info import EVENTS, JOBS, REQUESTS, SAMPLES, Priority, Worker

QUIET = 2.0
"""Seconds without a word after which a worker is said to be quiet."""
SILENCE = 5.0
"""Seconds without a word after which a worker is lost."""


@dataclass
class WorkerState:
    """What the master knows of one worker."""

    index: int
    host: str
    pid: int
    offset: float = 0.0
    error: float = 0.0
    drift: float = 0.0
    seq: int = 0
    mark: float = 0.0
    heard: float = 0.0
    clients: int = 0
    in_flight: int = 0
    requests: int = 0
    jobs: int = 0
    ready: bool = False
    final: bool = False
    quiet: bool = False
    lost: bool = False
    priority: Priority = ""
    counters: Counters = field(default_factory=no_counts)

    def record(self) -> Worker:
        """This worker as run.json names it."""
        return Worker(
            index=self.index,
            host=self.host,
            pid=self.pid,
            clock_offset=self.offset,
            clock_error=self.error,
            clock_drift=self.drift,
            requests_received=self.requests,
            jobs_received=self.jobs,
            lost=self.lost,
            priority=self.priority,
            **self.counters,
        )


class Collector:
    """Appends to the run folder. Raises OSError where the disk won't take it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.workers: dict[int, WorkerState] = {}
        self._files: dict[str, BinaryIO] = {}
        for name, columns in ((REQUESTS, REQUEST_COLUMNS), (JOBS, JOB_COLUMNS), (SAMPLES, SAMPLE_COLUMNS)):
            self._files[name] = (folder / name).open("xb", buffering=0)
            self._write({name: header(columns)})
        self._files[EVENTS] = (folder / EVENTS).open("xb", buffering=0)
        self.lines = {"requests": 0, "jobs": 0, "samples": 0}

    def take(self, chunk: Chunk, now: float) -> bool:
        """Append a worker's chunk if it is the next one. False where it came before, or one is missing."""
        worker = self.workers[chunk["worker"]]
        worker.heard = now
        if chunk["seq"] != worker.seq + 1:
            return False
        self._write({REQUESTS: chunk["requests"], JOBS: chunk["jobs"], SAMPLES: chunk["samples"]})
        requests, jobs = chunk["requests"].count(b"\n"), chunk["jobs"].count(b"\n")
        worker.requests += requests
        worker.jobs += jobs
        self.lines["requests"] += requests
        self.lines["jobs"] += jobs
        self.lines["samples"] += chunk["samples"].count(b"\n")
        worker.seq, worker.mark, worker.final = chunk["seq"], chunk["mark"], chunk["final"]
        worker.clients, worker.in_flight = chunk["clients"], chunk["in_flight"]
        worker.counters = chunk["counters"]
        return True

    def add_samples(self, lines: bytes) -> None:
        """Append finished lines of samples.csv."""
        self._write({SAMPLES: lines})
        self.lines["samples"] += lines.count(b"\n")

    def event(self, event: Event) -> None:
        """Append one event."""
        self._write({EVENTS: encode_event(event)})

    def excuse(self, seconds: float) -> None:
        """So long nobody listened: no worker is to blame for what wasn't heard of it."""
        for worker in self.workers.values():
            worker.heard += seconds

    @property
    def removed(self) -> str:
        """The first of the files that somebody has removed or replaced; "" for none."""
        return next((name for name, file in self._files.items() if not _is_at(self._folder / name, file)), "")

    def newly_quiet(self, now: float) -> list[WorkerState]:
        """The workers that haven't been heard of for a while; each is reported once until it is back."""
        quiet = [w for w in self.taking_part if not w.final and not w.quiet and now - w.heard > QUIET]
        for worker in quiet:
            worker.quiet = True
        return quiet

    def newly_silent(self, now: float) -> list[WorkerState]:
        """The workers that haven't been heard of for too long and should be lost."""
        return [w for w in self.taking_part if not w.final and now - w.heard > SILENCE]

    def lose(self, worker: WorkerState) -> None:
        """Give a worker up: its clients and jobs count no more, and no mark waits for it."""
        worker.lost, worker.clients, worker.in_flight = True, 0, 0

    @property
    def taking_part(self) -> list[WorkerState]:
        """The workers that are ready and not lost."""
        return [w for w in self.workers.values() if w.ready and not w.lost]

    def total(self, of: Callable[[WorkerState], int]) -> int:
        """A sum over the workers that take part."""
        return sum(of(worker) for worker in self.taking_part)

    def held_back(self) -> dict[str, int]:
        """Arrivals that max_in_flight has held back so far, by worker: of all that ever took part, those that have any."""
        counts = {str(worker.index): worker.counters["held_back"] for worker in self.workers.values()}
        return {index: held for index, held in counts.items() if held}

    def low_mark(self) -> float:
        """All rows that completed until then have been written."""
        return min((worker.mark for worker in self.taking_part), default=0.0)

    def close(self) -> None:
        """Close the files; one that was removed meanwhile is there again. Raises OSError."""
        for name, file in self._files.items():
            if not _is_at(self._folder / name, file):
                shutil.copyfile(f"/proc/self/fd/{file.fileno()}", self._folder / name)
            file.close()

    def _write(self, data: dict[str, bytes]) -> None:
        """All of it or nothing: a chunk that the disk took in part would be there twice once it is sent again."""
        ends = {name: self._files[name].tell() for name in data}
        try:
            for name, lines in data.items():
                rest = memoryview(lines)
                while rest:
                    rest = rest[self._files[name].write(rest) :]
        except OSError:
            for name, end in ends.items():
                with suppress(OSError):
                    self._files[name].truncate(self._files[name].seek(end))
            raise


def _is_at(path: Path, file: BinaryIO) -> bool:
    """Whether an open file is still the one at its path."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
