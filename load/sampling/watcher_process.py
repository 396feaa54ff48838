"""Starting a watcher process and reading what it prints."""

import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import gevent
from gevent import subprocess
from gevent.event import Event

from profiles import FOLDER, Watch
from profiles.templating import expand_secrets

from .commands import words_of


class WatcherProcess:
    """A running watcher. `on_lines` gets finished lines of samples.csv; `mark` is how far they reach."""

    def __init__(self, epoch: float, watches: Iterable[dict[str, Any]], on_lines: Callable[[bytes], None]) -> None:
        environment = dict(os.environ, PYTHONPATH=str(FOLDER.parent))
        self.mark = 0.0
        self.ended = False
        self._on_lines = on_lines
        # A session of its own: Ctrl-C is for the master, whose end closes our standard input.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "load.sampling.watcher"],
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
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

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


def metrics_told(watches: list[dict[str, Any]], patience: float) -> dict[str, set[str]]:
    """The metrics of each watch: what this machine tells at once, and what others do within `patience` (seconds)."""
    told: dict[str, set[str]] = {watch["name"]: set() for watch in watches}
    others = [watch["name"] for watch in watches if watch["probe"]]
    round_done = Event()

    def take(lines: bytes) -> None:
        for _, source, metric, _ in (line.split(",") for line in lines.decode().splitlines()):
            told[source].add(metric)
        round_done.set()

    watcher = WatcherProcess(time.monotonic(), watches, take)
    with gevent.Timeout(patience, False):
        round_done.wait()
        while not all(told[name] for name in others):
            round_done.clear()
            round_done.wait()
    watcher.stop()
    return told


def host_watch(name: str) -> dict[str, Any]:
    """The watch of this host under a name."""
    return {"name": name, "host": True, "process": None, "probe": None}


def watched(watch: Watch) -> dict[str, Any]:
    """What the watcher is told of one [[watch]]; secrets come from the environment. Raises UserError."""
    process = watch.process.model_dump() if watch.process else None
    probe = None
    if watch.asks is not None:
        kind, where = watch.asks
        place = f"watch {watch.name}: {kind}"
        where = shlex.join(words_of(where, place)) if kind == "command" else expand_secrets(where, os.environ, place)
        probe = {"kind": kind, "where": where, "source": watch.source, "metrics": watch.metrics}
    return {"name": watch.name, "host": watch.host, "process": process, "probe": probe}
