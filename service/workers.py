"""The queue, and the workers that empty it."""

import asyncio
import itertools
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from service.faults import Faults
from service.store import Status, Store, Task
from service.tasks import Runner, TaskFailed, failure
from service.truth import Moment, Truth, now

CATCH_UP_S = 0.02


class QueueFull(Exception):
    """No more tasks may wait."""


class TaskQueue:
    """Accepts tasks into one bounded FIFO queue; its workers run them. Memory holds unfinished tasks only."""

    def __init__(self, store: Store, truth: Truth, runner: Runner, faults: Faults, workers: int, limit: int) -> None:
        self._store, self._truth, self._runner, self._faults = store, truth, runner, faults
        self.workers, self._limit = workers, limit
        self.running = 0
        self._unfinished: dict[str, Task] = {}
        self._attempts: dict[int, tuple[str, asyncio.Task[tuple[Any, float]]]] = {}  # by worker: what it runs
        self._cancelled: set[str] = set()
        self._gone = 0  # entries of _waiting that were cancelled
        self._down: dict[int, float] = {}  # by worker: until when
        self._waiting: deque[tuple[Task, float]] = deque()  # with the monotonic second of its queueing
        self._claims = asyncio.Semaphore(0)  # one a waiting task; a worker takes one before the task
        self._numbers = itertools.count(1)

    @property
    def queued(self) -> int:
        return len(self._waiting) - self._gone

    def _is_full(self) -> bool:
        # Tasks that an idle worker is about to take don't wait.
        return self.queued >= self._limit + self.workers - self.running

    def recover(self) -> None:
        """Queues again what an earlier process left unfinished; what finds no room is rejected."""
        number = 0
        for task in self._store.pending():
            number = task.number
            at = now()
            if self._is_full():
                message = f"{self._limit} tasks were waiting already when the service started again"
                refused = replace(task, status=Status.REJECTED, finished=at.wall)
                self._truth.row(task.id, task.kind, "end", at, Status.REJECTED)
                self._store.finish(refused, orjson.dumps(failure(TaskFailed("queue full", message))))
            else:
                self._truth.row(task.id, task.kind, "enqueue", at, "requeued")
                self._put(task, at.monotonic)
        self._numbers = itertools.count(number + 1)

    def submit(self, kind: str, args: Mapping[str, Any]) -> str:
        """Accepts a task and returns its id; raises QueueFull, or OSError when it can't be kept."""
        if self._is_full():
            raise QueueFull(f"the queue is full: {self._limit} tasks are waiting")
        at = now()
        task = Task(uuid.uuid4().hex, next(self._numbers), kind, args, at.wall)
        if self._faults.lose.strikes():
            self._truth.row(task.id, kind, "enqueue", at)
            self._truth.row(task.id, kind, "lost", at)
            return task.id
        self._store.add(task)
        self._truth.row(task.id, kind, "enqueue", at)
        self._put(task, at.monotonic)
        return task.id

    def find(self, task_id: str) -> Task | None:
        return self._unfinished.get(task_id) or self._store.ended(task_id)

    def result(self, task_id: str) -> bytes | None:
        """The result of an ended task, as JSON."""
        return self._store.result(task_id)

    def cancel(self, task_id: str) -> bool:
        """Gives up a task that has not ended, running or waiting; False where there is none."""
        task = self._unfinished.get(task_id)
        if task is None or task_id in self._cancelled:
            return False
        attempt = next((attempt for running, attempt in self._attempts.values() if running == task_id), None)
        if attempt is not None:
            self._cancelled.add(task_id)
            attempt.cancel()
        elif task.status == Status.RUNNING:  # between its work and its end: too late
            return False
        else:
            self._gone += 1
            self._end(task, now(), Status.CANCELLED, _cancelled())
        return True

    def restart(self, number: int, down: float) -> None:
        """Ends a worker as a crash would; another takes its place `down` seconds later. What it ran is queued again."""
        self._down[number] = asyncio.get_running_loop().time() + down
        if number in self._attempts:
            self._attempts[number][1].cancel()

    async def work(self, number: int) -> None:
        """Worker `number`, from 1; runs until it is cancelled.

        It keeps the books of when it was *due* to be free: a task it takes while late, by a timer's
        overshoot or its own paperwork, is begun as if on time, so capacity is exactly workers / mean service
        time. Lateness over CATCH_UP_S is not made up, or a pause would be followed by a burst.
        """
        free = 0.0
        while True:
            await self._claims.acquire()
            if number in self._down:
                self._claims.release()
                await asyncio.sleep(max(0.0, self._down[number] - asyncio.get_running_loop().time()))
                del self._down[number]
                continue
            await self._faults.stall.over()
            task, queued = self._waiting.popleft()
            if task.id not in self._unfinished:
                self._gone -= 1
                continue
            self.running += 1
            try:
                free = await self._run(number, task, max(free, queued))
            finally:
                self.running -= 1

    def _put(self, task: Task, monotonic: float) -> None:
        self._unfinished[task.id] = task
        self._waiting.append((task, monotonic))
        self._claims.release()

    async def _run(self, number: int, task: Task, due: float) -> float:
        """Runs a task that was due to begin at `due`, and returns when it was due to end."""
        start = now()
        task = replace(task, status=Status.RUNNING, started=start.wall)
        self._unfinished[task.id] = task
        self._truth.row(task.id, task.kind, "start", start)
        try:
            status = Status.SUCCEEDED
            value, ended = await self._attempted(number, task, max(due, start.monotonic - CATCH_UP_S))
            result = orjson.dumps(value)
        except asyncio.CancelledError:
            if task.id in self._cancelled:
                self._cancelled.discard(task.id)
                self._end(task, now(), Status.CANCELLED, _cancelled())
            elif number in self._down:
                self._requeue(task)
            else:
                raise
            return now().monotonic
        except Exception as error:
            status = Status.FAILED
            result, ended = orjson.dumps(failure(error)), now().monotonic
        ended = await self._faults.stall.make_up(start.monotonic, ended, task.kind == "http-fetch")
        self._end(task, now(), status, result)
        return ended

    def _end(self, task: Task, end: Moment, status: Status, result: bytes) -> None:
        self._truth.row(task.id, task.kind, "end", end, status)
        self._store.finish(replace(task, status=status, finished=end.wall), result)
        del self._unfinished[task.id]

    def _requeue(self, task: Task) -> None:
        at = now()
        self._truth.row(task.id, task.kind, "enqueue", at, "requeued")
        again = replace(task, status=Status.QUEUED, started=None)
        self._unfinished[task.id] = again
        self._waiting.appendleft((again, at.monotonic))
        self._claims.release()

    async def _attempted(self, number: int, task: Task, begun: float) -> tuple[Any, float]:
        """Runs the task so that it can be cancelled without its worker."""
        attempt = asyncio.create_task(self._attempt(task, begun))
        self._attempts[number] = (task.id, attempt)
        try:
            return await attempt
        finally:
            del self._attempts[number]

    async def _attempt(self, task: Task, begun: float) -> tuple[Any, float]:
        fails = self._faults.fail.strikes()
        descriptor = self._faults.descriptors.open()
        try:
            result, ended = await self._runner.run(task.kind, task.args, begun)
        finally:
            self._faults.descriptors.close(descriptor)
        if fails:
            raise TaskFailed("injected fault", "this task was chosen to fail (--fail)")
        return result, ended


def _cancelled() -> bytes:
    return orjson.dumps(failure(TaskFailed("cancelled", "somebody asked for this task to be given up")))
