"""Four workers that do what they can: their master writes all of it, keeps up, and stays small."""

import time

import numpy as np
import pytest

from report.rules.history import KEEP
from tests.live.reconciling import recorded

pytestmark = pytest.mark.soak

FULL, SECONDS = KEEP + 20, KEEP + 100
ALLOWED = 50.0
"""Bytes by which the master may grow for each request, once it holds all the seconds that the stop rules look back: half of
what a request has in the file."""


def test_the_master_keeps_up_with_four_workers(counted, stepload):
    load = ("--set", "clients.mode=think", "--set", "clients.submit_every=1ms", "--set", "clients.poll_every=1ms",
            "--set", "load.clients=64", "--set", f"load.hold={SECONDS}s")  # fmt: skip
    run = stepload(counted.url, "--workers", 4, "--only", "factorial", *load)
    run.until_recorded(1)
    master, looks = run.master(), []
    while "drain_start" not in (events := (run.folder / "events.jsonl").read_text()):
        answered = counted.answered()
        written = lines(run.folder / "requests.csv") - 1
        looks.append((time.monotonic(), answered, answered - written, master.memory_info().rss))
        time.sleep(1)
    assert run.wait(400) in (0, 3), run.text()
    outcomes, requests = recorded(run.folder)
    assert requests == counted.answered() and set(outcomes) == {"succeeded"}
    assert "worker_quiet" not in events and "worker_lost" not in events
    t, answered, unwritten, rss = np.array(looks, float).T
    rate = np.polyfit(t, answered, 1)[0]
    behind = unwritten / rate
    full = rss[t - t[0] > FULL]
    print(f"{rate:,.0f} requests/s; behind by {np.median(behind):.2f} s, at most {behind.max():.2f} s")
    print(f"master {rss[0] / 1e6:.0f} MB, {full[0] / 1e6:.0f} after {FULL} s, then at most {full.max() / 1e6:.0f}")
    third = len(looks) // 3
    assert np.median(behind[-third:]) < np.median(behind[:third]) + 1, "what waits for the master doesn't pile up"
    later = answered[t - t[0] > FULL]
    assert (full[-1] - full[0]) / (later[-1] - later[0]) < ALLOWED


def lines(file) -> int:
    with file.open("rb") as data:
        return sum(part.count(b"\n") for part in iter(lambda: data.read(1 << 20), b""))
