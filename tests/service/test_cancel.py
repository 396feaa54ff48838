"""Tasks that are given up, and workers that are restarted."""

from tests.serving import until


def test_a_waiting_task_is_never_run(start):
    service = start("--workers", "1")
    running = service.submit("sleep", seconds=0.3)
    waiting, next_ = service.submit("sleep", seconds=0), service.submit("sleep", seconds=0)
    assert service.client.get("/health").json()["queued"] == 2
    assert service.client.post(f"/tasks/{waiting}/cancel").json() == {"id": waiting, "status": "CANCELLED"}
    assert service.client.get("/health").json()["queued"] == 1
    assert service.wait(next_)["status"] == "SUCCEEDED", "the worker goes on with the next"
    assert service.wait(running)["status"] == "SUCCEEDED"
    assert service.state(waiting)["status"] == "CANCELLED"
    assert service.result(waiting)["cause"] == "cancelled"
    assert [row["event"] for row in service.truth(waiting)] == ["enqueue", "end"]
    assert service.client.get("/counts").json()["cancel"] == 1


def test_a_running_task_ends_at_once(start):
    service = start("--workers", "1")
    task, next_ = service.submit("sleep", seconds=60), service.submit("sleep", seconds=0)
    service.wait(task, "RUNNING")
    assert service.client.post(f"/tasks/{task}/cancel").status_code == 200
    assert service.wait(next_)["status"] == "SUCCEEDED"
    assert service.truth(task)[-1]["outcome"] == "CANCELLED"


def test_what_cant_be_cancelled(start):
    service = start("--workers", "1")
    task = service.submit("sleep", seconds=0)
    service.wait(task)
    ended = service.client.post(f"/tasks/{task}/cancel")
    assert (ended.status_code, ended.json()["error"]) == (409, f"task {task} has ended: SUCCEEDED")
    assert service.client.post("/tasks/nobody/cancel").status_code == 404


def test_room_of_a_cancelled_task_is_free_again(start):
    service = start("--workers", "1", "--queue-limit", "1")
    service.wait(service.submit("sleep", seconds=60), "RUNNING")
    waiting = service.submit("sleep", seconds=60)
    full = service.client.post("/tasks/submissions", json={"type": "sleep", "args": {"seconds": 1}})
    assert full.status_code == 503
    service.client.post(f"/tasks/{waiting}/cancel")
    service.submit("sleep", seconds=60)


def test_a_restarted_worker_gives_its_task_back(start):
    service = start("--workers", "1")
    task = service.submit("sleep", seconds=0.2)
    service.wait(task, "RUNNING")
    assert service.client.post("/workers/1/restart?down=0.5").json() == {"worker": 1, "down": 0.5}
    until(lambda: service.state(task)["status"] == "QUEUED")
    assert service.wait(task)["status"] == "SUCCEEDED"
    rows = service.truth(task)
    assert [(row["event"], row["outcome"]) for row in rows] == [
        ("enqueue", ""), ("start", ""), ("enqueue", "requeued"), ("start", ""), ("end", "SUCCEEDED"),
    ]  # fmt: skip
    assert float(rows[3]["monotonic"]) - float(rows[2]["monotonic"]) >= 0.45


def test_an_idle_worker_is_away_while_it_restarts(start):
    service = start("--workers", "2")
    service.client.post("/workers/1/restart?down=60")
    tasks = [service.submit("sleep", seconds=0.05) for _ in range(4)]
    assert {service.wait(task)["status"] for task in tasks} == {"SUCCEEDED"}, "the other one works alone"
    assert service.client.post("/workers/3/restart").status_code == 404
    assert service.client.post("/workers/1/restart?down=x").status_code == 400
