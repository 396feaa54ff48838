"""The truth log: what really happened to each task, on the service's own clocks.

CSV, one row an event, header `id,type,event,wall,monotonic,outcome`:

    enqueue   the task is accepted (outcome empty), or taken up again by a restart (outcome `requeued`)
    lost      the task was accepted and thrown away (`--lose`)
    start     a worker began the task
    end       the task ended; outcome is its final status

`wall` is seconds since the epoch, `monotonic` seconds of CLOCK_MONOTONIC, both with six decimals.
"""

import io
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HEADER = "id,type,event,wall,monotonic,outcome"


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on both clocks, in seconds."""

    wall: float
    monotonic: float


def now() -> Moment:
    return Moment(time.time(), time.monotonic())


class Truth:
    """Appends rows to the log; does nothing without a path."""

    def __init__(self, path: Path | None) -> None:
        """Raises OSError when the file can't be written, ValueError when it holds something else."""
        self._file: io.FileIO | None = None
        if path is None:
            return
        self._path = path
        # Unbuffered: a row is one write to the kernel, which a kill -9 of this process can't undo.
        self._file = path.open("a+b", buffering=0)
        size = self._file.seek(0, os.SEEK_END)
        self._file.seek(0)
        if size == 0:
            self._write(HEADER)
        elif self._file.read(len(HEADER) + 1) != f"{HEADER}\n".encode():
            self.close()
            raise ValueError(f"{path} exists and is no truth log")
        else:
            self._end_last_line(size)

    def row(self, task: str, kind: str, event: str, at: Moment, outcome: str = "") -> None:
        if self._file is not None:
            self._write(f"{task},{kind},{event},{at.wall:.6f},{at.monotonic:.6f},{outcome}")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _end_last_line(self, size: int) -> None:
        """Keeps a row that a full disk cut short from spoiling the next one."""
        assert self._file is not None
        self._file.seek(size - 1)
        if self._file.read(1) != b"\n":
            self._write("")

    def _write(self, line: str) -> None:
        assert self._file is not None
        try:
            self._file.write(f"{line}\n".encode())
        except OSError as error:
            print(f"service: truth log {self._path} is incomplete: {error.strerror}", file=sys.stderr)
            self.close()
