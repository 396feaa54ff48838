"""One number from one window, checked against sums done by hand."""

import math
from typing import Any

import numpy as np
import pytest

from profiles.conditions import Names, parse_condition
from report.measure import Window, measure
from report.stats.quantiles import quantile

NAMES = Names(
    endpoints=("submit", "status", "result"),
    kinds=("fetch", "sum"),
    tenants=("a", "b"),
    hosts=("target",),
    processes=("service",),
)


def texts(*values: str) -> Any:
    return np.array(values, dtype=object)


REQUESTS = {
    "endpoint": texts("submit", "submit", "submit", "status", "result"),
    "kind": texts("fetch", "fetch", "sum", "fetch", "fetch"),
    "tenant": texts("a", "b", "a", "a", "a"),
    "seconds": np.array([0.1, 0.2, 0.6, 0.01, 0.02]),
    "ok": np.array([True, False, True, True, True]),
    "bytes": np.array([100, 300, 200, 50, 1000]),
}
JOBS = {
    "kind": texts("fetch", "fetch", "sum"),
    "tenant": texts("a", "b", "a"),
    "due": np.array([0.0, 1.0, 2.0]),
    "done_before": np.array([3.0, math.nan, 4.0]),
    "created": np.array([100.0, math.nan, 102.0]),
    "started": np.array([101.0, math.nan, 102.5]),
    "finished": np.array([102.0, math.nan, 103.5]),
    "outcome": texts("succeeded", "timed_out", "failed"),
    "bytes_up": np.array([10, 10, 10]),
    "bytes_down": np.array([90, 0, 40]),
}
SAMPLES = {
    ("target", "load1"): np.array([1.0, 2.0]),
    ("generator-1", "cpu"): np.array([0.2, 0.4]),
    ("generator-2", "cpu"): np.array([0.5, 0.7]),
}
WINDOW = Window(10.0, 20.0, REQUESTS, JOBS, SAMPLES, {("fetch", "a"): 4, ("sum", "a"): 2})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("p50(submit) < 1s", 0.2),
        ("mean(submit) < 1s", 0.3),
        ("max(submit{kind=fetch}) < 1s", 0.2),
        ("max(submit{kind=fetch, tenant=a}) < 1s", 0.1),
        ("std(submit) < 1s", np.std([0.1, 0.2, 0.6], ddof=1)),
        ("max_over_mean(submit) < 3", 2.0),
        ("rate(submit) < 9/s", 0.3),
        ("error_rate(submit) < 1%", 1 / 3),
        ("byte_rate(submit) > 1 MB/s", 60.0),
        ("p95(job) < 9s", 2.95),
        ("rate > 0/s", 0.3),
        ("completed_rate > 0/s", 0.2),
        ("error_rate(job) < 1%", 2 / 3),
        ("error_rate(job{tenant=b}) < 1%", 1.0),
        ("byte_rate(job) > 1 B/s", 16.0),
        ("sent_rate(job) > 1 B/s", 3.0),
        ("received_rate(job) > 1 B/s", 16.0 - 3.0),
        ("growth(job) < 5", 0.0),
        ("in_flight(job) < 5", 6.0),
        ("in_flight(job{kind=sum}) < 5", 2.0),
        ("mean(queue) < 5s", 0.75),
        ("max(processing) < 5s", 1.0),
        ("p50(requests) < 1s", 0.1),
        ("rate(requests) > 1/s", 0.5),
        ("error_rate(requests{tenant=b}) < 1 %", 1.0),
        ("load1(target) > 3", 1.5),
        ("cpu(generator) > 80%", 0.6),
        ("max(load1(target)) > 3", 2.0),
        ("min(load1(target)) > 3", 1.0),
        ("max(cpu(generator)) > 80%", 0.7),
    ],
)
def test_measures_what_it_says(text: str, value: float) -> None:
    assert measure(parse_condition(text, NAMES), WINDOW) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "p95(status) < 1s",
        "error_rate(status) < 1%",
        "p95(job) < 1s",
        "mean(queue) < 1s",
        "cpu(target) > 1%",
        "lag(generator) > 1s",
    ],
)
def test_nothing_measured_is_nan(text: str) -> None:
    def without_rows(rows: dict[str, Any]) -> dict[str, Any]:
        return {name: column[:0] for name, column in rows.items()}

    empty = Window(0.0, 10.0, without_rows(REQUESTS), without_rows(JOBS), {})
    assert math.isnan(measure(parse_condition(text, NAMES), empty))


def test_gaps_between_pooled_windows_are_no_time() -> None:
    pooled = Window(10.0, 40.0, REQUESTS, JOBS, SAMPLES, gap=20.0)
    assert measure(parse_condition("rate(submit) < 9/s", NAMES), pooled) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("p", "expected"), [(0.25, 1.5), (0.5, 2.0), (0.6, np.inf), (0.75, np.inf), (0.9, np.inf), (1.0, np.inf)]
)
def test_a_quantile_among_jobs_never_seen_done(p: float, expected: float) -> None:
    assert quantile(np.array([np.inf, 1.0, 2.0, np.inf, 1.5]), p) == expected


def test_a_quantile_of_what_is_known() -> None:
    values = np.random.default_rng(1).exponential(size=37)
    assert all(quantile(values, p) == np.quantile(values, p) for p in (0.0, 0.5, 0.95, 1.0))
    assert np.isnan(quantile(np.empty(0), 0.5)) and np.isnan(quantile(np.array([1.0, np.nan]), 0.5))
