"""Locust's statistics read the same whether they are fed request by request or in bulk."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles import Profile
from report.recording.rows import JobRow, RequestRow

with pytest.MonkeyPatch.context() as patch:  # Locust patches threads and sockets of whoever imports it
    patch.setenv("LOCUST_SKIP_MONKEY_PATCH", "1")
    from locust import stats
    from locust.env import Environment

    from load.worker.locust_stats import LocustStats

NAMES = {"submit": ("POST", "/jobs"), "status": ("GET", "/jobs/{id}"), "result": ("GET", "/jobs/{id}/result")}

ROWS = st.builds(
    lambda endpoint, kind, sent, seconds, size, error: RequestRow(
        "1-1", sent, sent, seconds, 1, endpoint, kind, "", 200, not error, "", size, error
    ),
    st.sampled_from(sorted(NAMES)),
    st.sampled_from(["sum", "fetch"]),
    st.floats(0, 4),
    st.floats(0, 30) | st.sampled_from([0.0005, 0.0015, 0.0995, 0.0999, 0.1446, 0.1549999, 0.995, 9.96, 10.5]),
    st.integers(0, 10**6),
    st.sampled_from(["", "", "", "timed out", "HTTP 500"]),
)


@pytest.fixture
def environment() -> Environment:
    """Locust as a worker has it: the runner's listener counts what the request event tells."""
    environment = Environment()
    environment.create_local_runner()
    return environment


def log_one_by_one(rows: list[RequestRow], monkeypatch: pytest.MonkeyPatch, epoch: float) -> stats.RequestStats:
    """What Locust's own listener would have made of them, each logged when it completed."""
    logged = stats.RequestStats(use_response_times_cache=False)
    for row in rows:
        method, name = NAMES[row.endpoint]
        name = f"{name} ({row.kind})" if row.endpoint == "submit" else name
        monkeypatch.setattr(stats.time, "time", lambda now=epoch + row.sent + row.seconds: now)
        logged.log_request(method, name, row.seconds * 1000, row.bytes)
        if row.error:
            logged.log_error(method, name, row.error)
    monkeypatch.undo()
    return logged


def facts(found: stats.RequestStats) -> dict[Any, dict[str, Any]]:
    """Everything an entry knows but when it and its last request came, and failures by second."""
    entries = {**found.entries, "total": found.total}
    apart = ("start_time", "last_request_timestamp", "num_reqs_per_sec", "num_fail_per_sec")
    return {
        key: {name: value for name, value in entry.serialize().items() if name not in apart} for key, entry in entries.items()
    }


def assert_same(found: stats.RequestStats, wanted: stats.RequestStats) -> None:
    assert facts(found).keys() == facts(wanted).keys()
    for key, entry in facts(wanted).items():
        assert facts(found)[key] == {**entry, "total_response_time": pytest.approx(entry["total_response_time"])}
    assert {key: error.occurrences for key, error in found.errors.items()} == {
        key: error.occurrences for key, error in wanted.errors.items()
    }


def test_in_bulk_or_one_by_one_is_the_same(profile_with: Callable[..., Profile], monkeypatch: pytest.MonkeyPatch) -> None:
    profile = profile_with()

    @settings(deadline=None, max_examples=60)
    @given(st.lists(ROWS, max_size=60), st.integers(0, 60))
    def same(rows: list[RequestRow], cut: int) -> None:
        environment = Environment()
        environment.create_local_runner()
        fed = LocustStats(environment, profile, time.monotonic())
        fed.requests(rows[:cut])
        fed.requests(rows[cut:])
        assert_same(environment.stats, log_one_by_one(rows, monkeypatch, fed._epoch))

    same()


def test_the_seconds_in_which_requests_completed_are_kept(
    environment: Environment, profile_with: Callable[..., Profile], monkeypatch: pytest.MonkeyPatch, request_row: Any
) -> None:
    rows = [request_row(sent=0.1 * number, seconds=0.05) for number in range(100)]
    fed = LocustStats(environment, profile_with(), time.monotonic())
    fed.requests(rows)
    wanted = log_one_by_one(rows, monkeypatch, fed._epoch)
    assert environment.stats.total.num_reqs_per_sec == wanted.total.num_reqs_per_sec
    assert environment.stats.total.last_request_timestamp == wanted.total.last_request_timestamp


def test_who_listens_to_requests_hears_each(
    environment: Environment, profile_with: Callable[..., Profile], request_row: Any
) -> None:
    heard: list[dict[str, Any]] = []
    environment.events.request.add_listener(lambda **told: heard.append(told))
    fed = LocustStats(environment, profile_with(), 0.0)
    fed.requests([request_row(endpoint="submit", kind="sum", seconds=0.25, bytes=7)])
    assert heard == [
        {
            "request_type": "POST",
            "name": "/jobs (sum)",
            "response_time": 250.0,
            "response_length": 7,
            "exception": None,
            "context": {},
        }
    ]
    assert environment.stats.total.num_requests == 1


def test_jobs_stand_beside_the_requests(
    environment: Environment, profile_with: Callable[..., Profile], job_row: Callable[..., JobRow]
) -> None:
    fed = LocustStats(environment, profile_with(), 0.0)
    fed.jobs([job_row(due=1.0, done_before=2.5), job_row(done_before=None)])
    entry = environment.stats.get("sum", "JOB")
    assert (entry.num_requests, entry.total_response_time) == (1, 1500.0)
    assert environment.stats.total.num_requests == 0
