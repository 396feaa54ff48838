"""Memory stays flat however long a run is; `pytest tests/soak/test_memory.py --soak-minutes 120` looks longer."""

import time
from collections import defaultdict

import numpy as np
import psutil
import pytest

from tests.live.reconciling import recorded

pytestmark = pytest.mark.soak

EVERY = 2.0
ALLOWED = 8e6
"""Bytes that a process may grow by from the middle of a run to its end. Rows that were kept would take ten times that."""


@pytest.mark.parametrize(("workers", "share"), [(1, 1.0), (2, 0.4)])
def test_memory_does_not_grow_with_the_length_of_a_run(counted, stepload, pytestconfig, workers, share):
    """500 jobs and 1,500 requests a second, or as many as the machine manages: no client has two jobs."""
    minutes = share * pytestconfig.getoption("--soak-minutes")
    load = ("--set", "load.clients=500", "--set", "clients.mode=paced", "--set", f"load.hold={60 * minutes:.0f}s")
    run = stepload(counted.url, "--workers", workers, "--only", "factorial", *load)
    sizes = sizes_during_the_hold(run)
    assert run.wait(300) in (0, 3), run.text()
    outcomes, requests = recorded(run.folder)
    assert requests == counted.answered() and set(outcomes) == {"succeeded"}
    print(f"{workers} workers, {requests / (60 * minutes):,.0f} requests/s")
    assert len(sizes) == workers + (workers > 1) + 1, "its workers, a master where it is none of them, and the watcher"
    assert max(growth(role, seen) for role, seen in sizes.items()) < ALLOWED


def sizes_during_the_hold(run) -> dict[str, list[tuple[float, int]]]:
    """(second, resident bytes), again and again, of each process of a run."""
    sizes = defaultdict(list)
    while not told(run, "hold_start"):
        time.sleep(0.1)
    family = run.family()
    while not told(run, "drain_start"):
        for process in family:
            sizes[f"{role_of(process)} {process.pid}"].append((time.monotonic(), process.memory_info().rss))
        time.sleep(EVERY)
    return sizes


def told(run, event: str) -> bool:
    assert run.process.poll() is None, run.text()
    file = run.folder / "events.jsonl"
    return file.exists() and f'"{event}"' in file.read_text()


def role_of(process: psutil.Process) -> str:
    words = process.cmdline()
    return "master" if "--run-folder" in words else "worker" if "--worker" in words else "watcher"


def growth(role: str, seen: list[tuple[float, int]]) -> float:
    """Bytes from the middle third to the last sixth."""
    t, rss = np.array(seen, float).T
    share = (t - t[0]) / (t[-1] - t[0])
    early, late = (np.median(rss[(share >= a) & (share <= b)]) for a, b in ((1 / 3, 1 / 2), (5 / 6, 1)))
    slope = np.polyfit(t[share > 1 / 3], rss[share > 1 / 3], 1)[0]
    five = np.interp(300, t - t[0], rss)
    print(
        f"{role}: {five / 1e6:.1f} MB after 5 minutes, {rss[-1] / 1e6:.1f} after {(t[-1] - t[0]) / 60:.0f}; {slope * 3600 / 1e6:+.1f} MB/h"
    )
    return float(late - early)
