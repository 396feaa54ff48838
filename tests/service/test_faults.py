"""Each fault, seen from outside and in the truth log."""

import resource
import time
from pathlib import Path


def test_some_tasks_fail_and_some_are_lost(start, until):
    service = start("--fail", 0.3, "--lose", 0.3)
    tasks = [service.submit("sleep", seconds=0) for _ in range(150)]
    until(lambda: service.client.get("/health").json()["queued"] == 0)
    lost = [row["id"] for row in service.truth() if row["event"] == "lost"]
    assert [task for task in tasks if "error" in service.state(task)] == lost
    assert 25 <= len(lost) <= 65
    assert service.client.get(f"/tasks/submissions/{lost[0]}").status_code == 404
    assert service.client.get(f"/tasks/{lost[0]}").status_code == 404
    assert [row["event"] for row in service.truth(lost[0])] == ["enqueue", "lost"]

    kept = [task for task in tasks if task not in lost]
    failed = [task for task in kept if service.wait(task)["status"] == "FAILED"]
    assert 15 <= len(failed) <= 50
    assert service.result(failed[0])["cause"] == "injected fault"
    assert [row["outcome"] for row in service.truth(failed[0])] == ["", "", "FAILED"]


def test_leaked_descriptors_end_in_too_many_open_files(start, until):
    service = start("--leak-fds", 1)
    service.run("sleep", seconds=0)
    open_files = len(list(Path(f"/proc/{service.process.pid}/fd").iterdir()))
    resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE, (open_files + 10, open_files + 10))
    results = [service.run("sleep", seconds=0) for _ in range(20)]
    assert [status for status, _ in results] == ["SUCCEEDED"] * 10 + ["FAILED"] * 10
    assert results[-1][1]["cause"] == "too many open files"
    assert service.run("http-fetch")[1]["cause"] == "too many open files"
    assert service.end() == 0
    until(lambda: not list(service.folder.glob("task-service-*")))
    assert "Traceback" not in service.stderr()


def test_stalled_workers_end_late_and_start_nothing(start):
    service = start("--workers", 2, "--stall-at", 1.2, "--stall-for", 0.8)
    running = service.submit("sleep", seconds=1.5)
    begun = float(service.truth(running)[0]["monotonic"])
    while time.monotonic() < service.ready + 1.3:
        assert service.client.get("/health").json()["running"] == 1
    waiting = service.submit("sleep", seconds=0)  # a worker is free, but frozen
    assert service.state(waiting)["status"] == "QUEUED"
    service.wait(waiting)
    service.wait(running)
    (_, start_row, end_row), (_, late_row, _) = service.truth(running), service.truth(waiting)
    assert float(start_row["monotonic"]) - begun < 1.2, "it began before the stall"
    assert float(end_row["monotonic"]) - float(start_row["monotonic"]) > 2.29
    assert float(late_row["monotonic"]) - service.ready > 1.9


def test_a_stall_of_http_too_holds_back_replies(start):
    service = start("--stall-at", 0.2, "--stall-for", 0.8, "--stall-http")
    slowest = 0.0
    while time.monotonic() < service.ready + 1.1:
        before = time.monotonic()
        service.client.get("/health")
        slowest = max(slowest, time.monotonic() - before)
    assert slowest > 0.5
