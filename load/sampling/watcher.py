"""The watcher as its parent sees it: a process that samples, and the lines that it prints."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence

import gevent
from gevent import subprocess
from gevent.event import Event

from profiles import FOLDER

from .watches import WatchOrder

STOP_PATIENCE = 2.0
"""Seconds in which a watcher has ended once its standard input has."""


class Watcher:
    """A running watcher. `on_lines` gets finished lines of samples.csv; `mark` is how far they reach, in seconds since `epoch`,
    a moment on this machine's CLOCK_MONOTONIC."""

    def __init__(self, epoch: float, watches: Iterable[WatchOrder], on_lines: Callable[[bytes], None]) -> None:
        environment = dict(os.environ, PYTHONPATH=str(FOLDER.parent))
        self.mark = 0.0
        self.ended = False
        self._on_lines = on_lines
        # A session of its own: Ctrl-C is for the master, whose end closes our standard input.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "load.sampling.watcher_program"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        self._process.stdin.write(json.dumps({"epoch": epoch, "watches": list(watches)}).encode() + b"\n")
        self._process.stdin.flush()
        gevent.spawn(self._read)

    def stop(self) -> None:
        """End the process."""
        self._process.stdin.close()
        try:
            self._process.wait(timeout=STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """End a process that doesn't react."""
        self._process.kill()

    def _read(self) -> None:
        lines: list[bytes] = []
        for line in self._process.stdout:
            if line.startswith(b"mark,"):
                self._on_lines(b"".join(lines))
                self.mark = float(line[5:])
                lines = []
            else:
                lines.append(line)
        self.ended = True


def metrics_told(watches: Sequence[WatchOrder], patience: float) -> dict[str, set[str]]:
    """The metrics of each watch: what this machine tells at once, and what others do within `patience` (seconds)."""
    told: dict[str, set[str]] = {watch["name"]: set() for watch in watches}
    others = [watch["name"] for watch in watches if watch["probe"]]
    round_done = Event()

    def take(lines: bytes) -> None:
        for _, source, metric, _ in (line.split(",") for line in lines.decode().splitlines()):
            told[source].add(metric)
        round_done.set()

    watcher = Watcher(time.monotonic(), watches, take)
    with gevent.Timeout(patience, False):
        round_done.wait()
        while not all(told[name] for name in others):
            round_done.clear()
            round_done.wait()
    watcher.stop()
    return told
