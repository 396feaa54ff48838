"""The job worker suites: exactly the scenarios that they are to have."""

import itertools
import subprocess
import sys

import pytest

from profiles.suites import load_suite
from tests.serving import ROOT

FOLDER = ROOT / "examples" / "workers"
S, T = ("async", "thread", "auto"), ("async", "thread")
KEYS = ("strategy", "workload", "jobs", "seconds", "concurrency", "timeout", "repeats")


def expected() -> dict[str, tuple[str, tuple[object, ...]]]:
    """By name: the phase, and the settings of each of the 71 scenarios, in the order of KEYS."""
    found: dict[str, tuple[str, tuple[object, ...]]] = {}

    def add(phase: str, name: str, strategy: str, workload: str, jobs: int, seconds: float, at_once: int, timeout: float = 120.0,
            repeats: int = 3) -> None:  # fmt: skip
        found[name] = (phase, (strategy, workload, jobs, seconds, at_once, timeout, repeats))

    for s in S:
        add("1_baseline", f"baseline_{s}", s, "cpu", 10, 1.0, 10)
    for s, kind in itertools.product(T, ("cpu", "io", "subprocess")):
        add("2_workload_types", f"workload_{s}_{kind}", s, kind, 20, 2.0, 10)
    for s, c in itertools.product(S, (1, 5, 10, 20, 50)):
        add("3_concurrency_scaling", f"concurrency_{s}_{c}", s, "cpu", 50, 1.0, c, 180)
    for s, n in itertools.product(S, (10, 20, 50, 100, 200)):
        add("4_load_scaling", f"load_{s}_{n}", s, "cpu", n, 1.0, 20, 120 if n <= 50 else 240)
    for s, d in itertools.product(T, (0.1, 0.5, 1.0, 2.0, 5.0)):
        add("5_work_duration", f"duration_{s}_{d}s", s, "cpu", 20, d, 10, max(120, 30 * d))
    for s, kind, c in itertools.product(T, ("cpu", "io"), (1, 10, 50)):
        add("6_interactions", f"interaction_{s}_{kind}_c{c}", s, kind, 30, 1.0, c, 180)
    add("7_edge_cases", "single_job", "async", "cpu", 1, 1.0, 1)
    add("7_edge_cases", "massive_load", "auto", "cpu", 500, 0.5, 50, 300, 1)
    add("7_edge_cases", "bottleneck", "thread", "cpu", 100, 1.0, 2, 360)
    add("7_edge_cases", "long_duration", "async", "io", 10, 10.0, 5, 240)
    add("7_edge_cases", "subprocess_stress", "thread", "subprocess", 50, 2.0, 20, 180)
    add("7_edge_cases", "high_concurrency_async", "async", "cpu", 100, 0.5, 100, 180)
    for s, c in itertools.product(T, (5, 20)):
        add("8_subprocess_threading", f"subprocess_threaded_{s}_c{c}", s, "subprocess_threaded", 20, 1.0, c, 180)
    return found


def test_the_full_suite_has_its_71_scenarios() -> None:
    _, _, scenarios = load_suite(FOLDER / "full.toml")
    told = {
        each.name: (each.phase, tuple({**each.parameters, "timeout": each.timeout, "repeats": each.repeats}[key] for key in KEYS))
        for each in scenarios
    }
    assert len(told) == 71
    assert told == expected()
    for each in scenarios:
        assert f"load.jobs={each.parameters['jobs']}" in each.overrides
        assert f'values.workload="{each.parameters["workload"]}"' in each.overrides


def test_the_list_prints_them() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT), "suite", str(FOLDER / "full.toml"), "--list"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [(line[1], line[0]) for line in lines] == [(name, phase) for name, (phase, _) in expected().items()]


@pytest.mark.parametrize(("name", "scenarios"), [("minimal", 3), ("quick", 14)])
def test_the_smaller_suites(name: str, scenarios: int) -> None:
    _, _, planned = load_suite(FOLDER / f"{name}.toml")
    assert len(planned) == scenarios
    assert {each.name for each in planned} <= expected().keys()
