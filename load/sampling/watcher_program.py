"""The watcher's program, a process of its own: it samples hosts, processes and probes each second and prints lines of
samples.csv.

It reads one JSON object from standard input (epoch on CLOCK_MONOTONIC, watches), prints samples and, after each
round, `mark,SECONDS`; it ends when standard input does. A process, not a thread: psutil blocks for milliseconds,
and under gevent a thread is only a greenlet that would hold up the load.
"""

import json
import os
import select
import sys
import time
from collections.abc import Callable, Iterator

from report.recording.rows import SampleRow, encode_sample

from .probes import Probe, fetcher
from .samplers import Host, ProcessTree
from .watches import WatchOrder

EVERY = 1.0
"""Seconds between two rounds."""

Sampler = Callable[[], dict[str, float]]


def main() -> None:
    """Sample until standard input ends."""
    order = json.loads(sys.stdin.readline())
    samplers = list(_samplers(order["watches"]))
    due = time.monotonic()
    while True:
        now = due - order["epoch"]
        for source, sample in samplers:
            for metric, value in sample().items():
                sys.stdout.write(encode_sample(SampleRow(now, source, metric, value)))
        sys.stdout.write(f"mark,{now:.3f}\n")
        sys.stdout.flush()
        due = max(due + EVERY, time.monotonic())
        if _input_ends_within(due - time.monotonic()):
            return


def _input_ends_within(seconds: float) -> bool:
    readable, _, _ = select.select([sys.stdin], [], [], max(0.0, seconds))
    return bool(readable) and not os.read(sys.stdin.fileno(), 1)


def _samplers(watches: list[WatchOrder]) -> Iterator[tuple[str, Sampler]]:
    for watch in watches:
        if watch["host"]:
            yield watch["name"], Host().sample
        if watch["process"]:
            yield watch["name"], ProcessTree(watch["process"]).sample
        if watch["probe"]:
            yield watch["name"], Probe(watch["name"], fetcher(**watch["probe"])).start().sample


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)
