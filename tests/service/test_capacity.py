"""Capacity and the queue's limit, judged by the truth log."""

from itertools import accumulate, pairwise


def times(rows: list[dict], event: str) -> list[float]:
    return [float(row["monotonic"]) for row in rows if row["event"] == event]


def ids(rows: list[dict], event: str) -> list[str]:
    return [row["id"] for row in rows if row["event"] == event]


def test_capacity_is_workers_over_service_time(start, until):
    """However busy the machine: a task lasts as long as asked for, and while tasks wait, all workers work."""
    service = start("--workers", 4)
    tasks = [service.submit("sleep", seconds=0.5) for _ in range(24)]
    service.wait(tasks[-1])
    until(lambda: service.client.get("/health").json()["running"] == 0)
    rows = service.truth()
    began, ended = (dict(zip(ids(rows, event), times(rows, event), strict=True)) for event in ("start", "end"))
    assert 0.48 <= min(ended[task] - began[task] for task in tasks) < 1, "less what a worker makes up that was late"
    assert ids(rows, "start") == tasks
    moments = [float(row["monotonic"]) for row in rows]
    assert moments == sorted(moments)
    waited, at_work = 0.0, 0.0
    for (this, following), (running, waiting) in zip(pairwise(moments), queue(rows), strict=False):
        waited += (following - this) * (waiting > 0)
        at_work += (following - this) * (waiting > 0) * running
    assert 0.75 < at_work / waited / 4 <= 1


def queue(rows: list[dict]) -> list[tuple[int, int]]:
    """How many tasks ran and how many waited after each row."""
    running = accumulate({"enqueue": 0, "start": 1, "end": -1}[row["event"]] for row in rows)
    waiting = accumulate({"enqueue": 1, "start": -1, "end": 0}[row["event"]] for row in rows)
    return list(zip(running, waiting, strict=True))


def test_no_more_tasks_run_than_there_are_workers(start, until):
    service = start("--workers", 3)
    tasks = [service.submit("sleep", seconds=0.01) for _ in range(50)]
    service.wait(tasks[-1])
    until(lambda: service.client.get("/health").json()["running"] == 0)
    running = [running for running, _ in queue(service.truth())]
    assert (max(running), running[-1]) == (3, 0)


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
