"""run.json: what a run was, who took part, and how it ended. Format 1 of the run folder."""

# History of the format:
# 1  first

import fcntl
import hashlib
import json
import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

FORMAT = 1
RUN, PROFILE, EVENTS = "run.json", "profile.toml", "events.jsonl"
REQUESTS, JOBS, SAMPLES = "requests.csv", "jobs.csv", "samples.csv"
RAW_FILES = (PROFILE, EVENTS, REQUESTS, JOBS, SAMPLES)

Reason = Literal["finished", "stopped", "interrupted", "failed"]
"""How a run ended."""
Status = Literal[Reason, "crashed", "running"]


Priority = Literal["", "normal", "raised", "real-time"]
"""With what priority the system let a load generator run; empty in runs of before it was recorded."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Machine(_Record):
    """A machine that generated load."""

    host: str
    cpu: str
    cores: int
    memory: int
    os: str


class Worker(_Record):
    """One load generator process: its clock anchor, and the rows it sent and the master received."""

    index: int
    host: str
    pid: int
    clock_offset: float
    clock_error: float
    clock_drift: float = 0.0
    requests_sent: int = 0
    requests_received: int = 0
    jobs_sent: int = 0
    jobs_received: int = 0
    rows_dropped: int = 0
    arrivals: int = 0
    held_back: int = 0
    late: int = 0
    lost: bool = False
    priority: Priority = ""


class RunInfo(_Record):
    """run.json. `epoch` is the wall-clock time (epoch seconds, UTC) of second 0 of every other file."""

    format: int = FORMAT
    name: str
    labels: dict[str, str] = {}
    target: dict[str, str] = {}
    url: str
    epoch: float
    start: str
    end: str | None = None
    duration: float | None = None
    end_reason: Reason | None = None
    end_detail: str = ""
    command: tuple[str, ...] = ()
    versions: dict[str, str] = {}
    machines: tuple[Machine, ...] = ()
    workers: tuple[Worker, ...] = ()
    rows: dict[str, int] = {}
    sha256: dict[str, str] = {}

    def write(self, folder: Path) -> int:
        """Write run.json atomically and return a descriptor that holds its lock for as long as it is open."""
        fresh = folder / f".{RUN}.new"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            os.write(handle, (json.dumps(self.model_dump(), indent=2, ensure_ascii=False) + "\n").encode())
            os.fsync(handle)
            fresh.rename(folder / RUN)
        except BaseException:
            os.close(handle)
            raise
        return handle


def sha256(file: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
