"""Capacity and the queue's limit, judged by the truth log."""

import pytest


def times(rows: list[dict], event: str) -> list[float]:
    return [float(row["monotonic"]) for row in rows if row["event"] == event]


def test_capacity_is_workers_over_service_time(start, until):
    service = start("--workers", 4)
    tasks = [service.submit("sleep", seconds=0.05) for _ in range(200)]
    service.wait(tasks[-1])
    until(lambda: service.client.get("/health").json()["running"] == 0)
    rows = service.truth()
    assert 200 / (max(times(rows, "end")) - min(times(rows, "start"))) == pytest.approx(80, rel=0.1)
    assert [row["id"] for row in rows if row["event"] == "start"] == tasks
    moments = [float(row["monotonic"]) for row in rows]
    assert moments == sorted(moments)


def test_a_full_queue_refuses(start):
    service = start("--workers", 1, "--queue-limit", 2)
    tasks = [service.submit("sleep", seconds=0.2) for _ in range(3)]
    refused = service.client.post("/tasks/submissions", json={"type": "sleep", "args": {"seconds": 0}})
    assert refused.status_code == 503
    assert refused.json() == {"error": "the queue is full: 2 tasks are waiting"}
    assert service.client.get("/counts").json()["by_code"]["submit"] == {"202": 3, "503": 1}
    service.wait(tasks[0])
    last = service.submit("sleep", seconds=0)
    service.wait(last)
    events = [(row["id"], row["event"]) for row in service.truth() if row["event"] != "enqueue"]
    assert events == [(task, event) for task in (*tasks, last) for event in ("start", "end")]
