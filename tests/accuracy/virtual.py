"""A job service in virtual time, as arrays: arrivals, FIFO servers, polling. Times in seconds; truth is what it returns."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Arrivals = Literal["even", "poisson"]


@dataclass(frozen=True)
class Jobs:
    """Jobs in the order of their arrival; each field has one time a job."""

    due: Array
    started: Array
    finished: Array

    @property
    def waited(self) -> Array:
        """Time in the queue."""
        return self.started - self.due

    @property
    def response(self) -> Array:
        """Due to finished."""
        return self.finished - self.due


def open_arrivals(kind: Arrivals, levels: Sequence[tuple[int, float]], every: float, rng: np.random.Generator) -> Array:
    """Sorted due times of open clients: `levels` are (clients, seconds), one after another from time 0; each client
    submits once per `every` on average, at a uniformly random time in each slot ("even") or after exponential gaps."""
    times, begin = [], 0.0
    for clients, seconds in levels:
        end = begin + seconds
        if kind == "even":
            slots = begin + rng.uniform(-every, 0, clients)[:, None] + every * np.arange(int(seconds / every) + 2)
            due = (slots + rng.uniform(0, every, slots.shape)).ravel()
        else:
            rate = clients / every
            due = begin + np.cumsum(rng.exponential(1 / rate, int(rate * seconds + 10 * np.sqrt(rate * seconds) + 10)))
        times.append(due[(due >= begin) & (due < end)])
        begin = end
    return np.sort(np.concatenate(times))


def service_times(n: int, mean: float, cv: float, rng: np.random.Generator) -> Array:
    """`n` service times with this mean and coefficient of variation: constant (0), gamma otherwise (1: exponential)."""
    return np.full(n, mean) if cv == 0 else rng.gamma(1 / cv**2, mean * cv**2, n)


def serve(due: Array, work: Array, servers: int, stalls: Sequence[tuple[float, float]] = ()) -> Jobs:
    """First come, first served by `servers`; nothing starts within a stall (start, end)."""
    free = [0.0] * servers
    started = np.empty(len(due))
    for i, (arrived, needs) in enumerate(zip(due.tolist(), work.tolist(), strict=True)):
        begin = max(arrived, free[0])
        for start, end in stalls:
            begin = end if start <= begin < end else begin
        heapq.heapreplace(free, begin + needs)
        started[i] = begin
    return Jobs(due, started, started + work)


def closed(
    mode: Literal["paced", "think"],
    kind: Arrivals,
    clients: int,
    every: float,
    seconds: float,
    work: Array,
    servers: int,
    rng: np.random.Generator,
) -> Jobs:
    """Clients with at most one job at a time: the next is due `every` after the last one ended ("think"), or at the
    client's next arrival of this kind ("paced"). `work` must hold enough service times."""
    coming = [(float(begin + rng.uniform(0, every)), float(begin)) for begin in rng.uniform(0, every, clients)]
    heapq.heapify(coming)
    free = [0.0] * servers
    due, started, finished = [], [], []
    for needs in work.tolist():
        t, slot = heapq.heappop(coming)
        if t >= seconds:
            break
        begin = max(t, free[0])
        end = begin + needs
        heapq.heapreplace(free, end)
        heapq.heappush(coming, (end + every, slot) if mode == "think" else _next_arrival(kind, slot, end, every, rng))
        due.append(t)
        started.append(begin)
        finished.append(end)
    else:
        raise ValueError("too few service times for this run")
    return Jobs(np.array(due), np.array(started), np.array(finished))


def _next_arrival(kind: Arrivals, slot: float, end: float, every: float, rng: np.random.Generator) -> tuple[float, float]:
    """A client's first arrival at `end` or later, after one in the slot that began at `slot`; and its slot."""
    if kind == "poisson":
        return end + float(rng.exponential(every)), slot
    slot += every * max(1.0, (end - slot) // every)
    due = slot + float(rng.uniform(0, every))
    return (due, slot) if due >= end else (slot + every + float(rng.uniform(0, every)), slot + every)


def poll(
    accepted: Array, finished: Array, every: float, rng: np.random.Generator, reply: float = 0.0, jittered: bool = True
) -> tuple[Array, Array]:
    """What polling sees of each job: (sent of the last poll not done, reply of the first done one].

    The first poll comes U(0, every) after the submit's reply (`jittered`), else `every` after it; each next one
    `every` after the last reply.
    """
    first = accepted + (rng.uniform(0, every, len(accepted)) if jittered else every)
    period = every + reply
    missed = np.maximum(0, np.ceil((finished - first - reply / 2) / period))
    return np.where(missed > 0, first + (missed - 1) * period, accepted), first + missed * period + reply
