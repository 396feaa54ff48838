"""Tasks and results as files, so that a restart goes on where the last process stopped.

    pending/NUMBER-ID.json   an accepted task that has not ended; NUMBER keeps the order of acceptance
    done/XX/ID.json          an ended task: a line with its state, a line with its result
    broken/                  pending files that could not be read at a start
    tmp/                     files being written; emptied at a start

Each file is written under `tmp` and renamed, so a killed process leaves whole files or none. Nothing is
synced: the process may die, the machine may not. Ended tasks are only on disk, so memory does not grow.
"""

import contextlib
import errno
import fcntl
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import orjson

T = TypeVar("T")
ID = re.compile(r"[0-9a-f]{32}")


class Status(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Task:
    """One task; times are seconds since the epoch, None until known."""

    id: str
    number: int
    kind: str
    args: Mapping[str, Any]
    created: float
    status: Status = Status.QUEUED
    started: float | None = None
    finished: float | None = None


class Store:
    """The files below one folder, which only one process may use at a time."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError when the folder can't be used, BlockingIOError when another process uses it."""
        self._pending, self._done = folder / "pending", folder / "done"
        self._broken, self._tmp = folder / "broken", folder / "tmp"
        for each in (self._pending, self._done, self._tmp):
            each.mkdir(parents=True, exist_ok=True)
        self._lock = (folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise
        for shard in range(256):
            (self._done / f"{shard:02x}").mkdir(exist_ok=True)
        for leftover in self._tmp.iterdir():
            leftover.unlink()
        self._unwritten: dict[str, bytes] = {}
        self._spare: int | None = os.open(os.devnull, os.O_RDONLY)

    def close(self) -> None:
        if self._spare is not None:
            os.close(self._spare)
        self._lock.close()

    def add(self, task: Task) -> None:
        """Keeps an accepted task."""
        kept = _identity(task) | {"args": task.args}
        self._write(self._pending_path(task), orjson.dumps(kept))

    def finish(self, task: Task, result: bytes) -> None:
        """Keeps an ended task and its result (JSON); when the disk won't take it, in memory."""
        state = {"status": task.status, "started": task.started, "finished": task.finished}
        content = orjson.dumps(_identity(task) | state) + b"\n" + result
        try:
            self._write(self._done_path(task.id), content)
            self._pending_path(task).unlink(missing_ok=True)
        except OSError as error:
            print(f"service: result of {task.id} is not on disk: {error.strerror}", file=sys.stderr)
            self._unwritten[task.id] = content

    def ended(self, task_id: str) -> Task | None:
        """The state of an ended task."""
        content = self._read_done(task_id, whole=False)
        return None if content is None else _ended_task(content)

    def result(self, task_id: str) -> bytes | None:
        """The result of an ended task, as JSON."""
        content = self._read_done(task_id, whole=True)
        return None if content is None else content.partition(b"\n")[2]

    def pending(self) -> list[Task]:
        """The tasks that an earlier process left unfinished, in the order of their acceptance."""
        tasks = []
        for path in sorted(self._pending.iterdir()):
            try:
                task = _pending_task(path.read_bytes())
            except (ValueError, KeyError, TypeError):
                self._broken.mkdir(exist_ok=True)
                path.replace(self._broken / path.name)
                print(f"service: {path.name} is unreadable, moved to {self._broken}", file=sys.stderr)
                continue
            if self._has_ended(task.id):  # killed between the result and the removal of the pending file
                path.unlink()
            else:
                tasks.append(task)
        return tasks

    def _has_ended(self, task_id: str) -> bool:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            return self.ended(task_id) is not None
        return False

    def _pending_path(self, task: Task) -> Path:
        return self._pending / f"{task.number:012d}-{task.id}.json"

    def _done_path(self, task_id: str) -> Path:
        return self._done / task_id[:2] / f"{task_id}.json"

    def _read_done(self, task_id: str, whole: bool) -> bytes | None:
        if task_id in self._unwritten:
            return self._unwritten[task_id]
        if not ID.fullmatch(task_id):
            return None

        def read() -> bytes:
            with self._done_path(task_id).open("rb") as file:
                return file.read() if whole else file.readline()

        try:
            return self._with_a_descriptor(read)
        except FileNotFoundError:
            return None

    def _write(self, path: Path, content: bytes) -> None:
        fresh = self._tmp / path.name
        self._with_a_descriptor(lambda: fresh.write_bytes(content))
        fresh.replace(path)

    def _with_a_descriptor(self, action: Callable[[], T]) -> T:
        """Runs `action`; when the process is out of file descriptors, with the one kept for this."""
        try:
            return action()
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE) or self._spare is None:
                raise
        os.close(self._spare)
        self._spare = None
        try:
            return action()
        finally:
            with contextlib.suppress(OSError):
                self._spare = os.open(os.devnull, os.O_RDONLY)


def _identity(task: Task) -> dict[str, Any]:
    return {"id": task.id, "number": task.number, "type": task.kind, "created": task.created}


def _pending_task(content: bytes) -> Task:
    data = orjson.loads(content)
    if not ID.fullmatch(data["id"]):
        raise ValueError("not the id of a task")
    return Task(data["id"], int(data["number"]), data["type"], dict(data["args"]), float(data["created"]))


def _ended_task(content: bytes) -> Task:
    data = orjson.loads(content.partition(b"\n")[0])
    task = Task(data["id"], int(data["number"]), data["type"], {}, float(data["created"]))
    return replace(task, status=Status(data["status"]), started=data["started"], finished=data["finished"])
