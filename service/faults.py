"""Faults to switch on: each has a seeded random stream of its own, so one never shifts another."""

import asyncio
import os
import random
from dataclasses import dataclass

from service.options import Options


class Chance:
    """Says yes to a share of its calls, the same ones for the same seed."""

    def __init__(self, share: float, seed: int, name: str) -> None:
        self.share = share
        self._random = random.Random(f"{seed}/{name}")

    def strikes(self) -> bool:
        return self.share > 0 and self._random.random() < self.share


class Descriptors:
    """Opens a file for each running task, and forgets to close some (`--leak-fds`)."""

    def __init__(self, leaks: Chance) -> None:
        self._leaks = leaks

    def open(self) -> int | None:
        """Raises OSError (EMFILE) when the process is at its limit."""
        return os.open(os.devnull, os.O_RDONLY) if self._leaks.share > 0 else None

    def close(self, descriptor: int | None) -> None:
        if descriptor is not None and not self._leaks.strikes():
            os.close(descriptor)


@dataclass(frozen=True)
class Stall:
    """The workers' freeze from `begins` for `length` seconds, on the event loop's clock."""

    begins: float
    length: float
    holds_http: bool = False

    async def over(self) -> None:
        """Returns when no stall is going on."""
        time = asyncio.get_running_loop().time()
        if self.begins <= time < self.begins + self.length:
            await asyncio.sleep(self.begins + self.length - time)

    async def make_up(self, started: float, ended: float, fetched: bool) -> float:
        """When a task's work really ends: one that ran into the stall ends that much later."""
        if not started < self.begins <= ended:
            return ended
        held_back_already = fetched and self.holds_http  # as its reply was
        ends = max(ended, self.begins + self.length) if held_back_already else ended + self.length
        await asyncio.sleep(max(0.0, ends - asyncio.get_running_loop().time()))
        return ends


class Faults:
    """All of them, as the options say."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.fail = Chance(options.fail, options.seed, "fail")
        self.lose = Chance(options.lose, options.seed, "lose")
        self.descriptors = Descriptors(Chance(options.leak_fds, options.seed, "leak"))
        self.stall = Stall(0.0, 0.0)

    def start(self, time: float) -> None:
        """Starts the stall's clock; `time` is the event loop's."""
        if self._options.stall_at is not None:
            begins = time + self._options.stall_at
            self.stall = Stall(begins, self._options.stall_for, self._options.stall_http)
