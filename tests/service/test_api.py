"""Every reply of the HTTP API, against one shared process."""

import re
import socket
import time
from datetime import datetime

import pytest

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@pytest.fixture(scope="module")
def service(start_shared):
    return start_shared("--content-delay", 0.02, "--fetch-timeout", 0.3)


def test_a_task_goes_from_submission_to_result(service):
    task = service.submit("sleep", seconds=0.05)
    running = service.wait(task, "RUNNING")
    assert running["id"] == task and running["finished_at"] is None
    unfinished = service.client.get(f"/tasks/{task}")
    assert unfinished.status_code == 400 and "not finished" in unfinished.json()["error"]
    state = service.wait(task)
    assert list(state) == ["id", "status", "created_at", "started_at", "finished_at"]
    times = [state["created_at"], state["started_at"], state["finished_at"]]
    assert all(TIME.fullmatch(each) for each in times) and times == sorted(times)
    assert service.client.get(f"/tasks/{task}").json() == {"id": task, "status": "SUCCEEDED", "result": 0.05}


def test_times_are_those_of_the_truth_log(service):
    task = service.submit("sleep", seconds=0)
    state = service.wait(task)
    rows = service.truth(task)
    assert [(row["type"], row["event"], row["outcome"]) for row in rows] == [
        ("sleep", "enqueue", ""),
        ("sleep", "start", ""),
        ("sleep", "end", "SUCCEEDED"),
    ]
    for row, field in zip(rows, ("created_at", "started_at", "finished_at"), strict=True):
        assert float(row["wall"]) == pytest.approx(datetime.fromisoformat(state[field]).timestamp(), abs=2e-6)
        assert abs(float(row["monotonic"]) - time.monotonic()) < 60


@pytest.mark.parametrize(
    ("n", "result"),
    [("0", "1"), (5, "120"), ("50", "30414093201713378043612608166064768844377641568960512000000000000")],
)
def test_factorial(service, n, result):
    assert service.run("factorial", n=n) == ("SUCCEEDED", result)


def test_a_huge_factorial_does_not_hold_up_the_polls(service):
    task = service.submit("factorial", n=100_000)
    polls = 0
    while service.state(task)["status"] != "SUCCEEDED":
        polls += 1
    digits = service.result(task)
    assert len(digits) == 456_574 and digits.startswith("282422940796") and digits.endswith("0" * 24_999)
    assert polls > 10


def test_fetch_takes_the_services_own_content_by_default(service):
    content = service.client.get("/content").text
    assert 4_000 < len(content) < 10_000
    assert service.run("http-fetch") == ("SUCCEEDED", content)
    assert service.run("http-fetch", url="") == ("SUCCEEDED", content)
    assert service.run("http-fetch", url=f"{service.url}/content?delay=0") == ("SUCCEEDED", content)


@pytest.mark.parametrize(
    ("path", "cause"),
    [("/nothing", "HTTP 404"), ("/content?delay=x", "HTTP 400"), ("/content?delay=5", "timed out")],
)
def test_fetch_fails_with_a_cause(service, path, cause):
    status, result = service.run("http-fetch", url=service.url + path)
    assert status == "FAILED" and result["cause"] == cause
    assert set(result) == {"cause", "message", "stackTrace"} and all(result.values())


def test_fetch_fails_where_nobody_listens(service):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        status, result = service.run("http-fetch", url=f"http://127.0.0.1:{unused.getsockname()[1]}/")
    assert (status, result["cause"]) == ("FAILED", "connection failed")
    assert "Traceback" in result["stackTrace"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{", "not JSON"),
        ("[]", "must be an object"),
        ("{}", "must be an object"),
        ('{"type": "dance"}', "unknown type 'dance'; known are factorial, http-fetch, sleep"),
        ('{"type": ["sleep"]}', "unknown type"),
        ('{"type": "sleep", "args": [1]}', "args must be an object"),
        ('{"type": "sleep"}', "sleep needs seconds"),
        ('{"type": "sleep", "args": {"seconds": -1}}', "not -1"),
        ('{"type": "sleep", "args": {"seconds": true}}', "not True"),
        ('{"type": "sleep", "args": {"seconds": "nan"}}', "not 'nan'"),
        ('{"type": "sleep", "args": {"seconds": 1, "distribution": "uniform"}}', "fixed or exponential"),
        ('{"type": "sleep", "args": {"seconds": 1, "distribution": []}}', "fixed or exponential"),
        ('{"type": "sleep", "args": {"seconds": 1, "n": 2}}', "sleep takes distribution, seconds, not 'n'"),
        ('{"type": "factorial"}', "factorial needs n"),
        ('{"type": "factorial", "args": {"n": 100001}}', "from 0 to 100000, not 100001"),
        ('{"type": "factorial", "args": {"n": "-1"}}', "factorial needs n"),
        ('{"type": "factorial", "args": {"n": 1.5}}', "factorial needs n"),
        ('{"type": "http-fetch", "args": {"url": "ftp://127.0.0.1/"}}', "an http or https address"),
        ('{"type": "http-fetch", "args": {"url": 5}}', "an http or https address"),
        ('{"type": "http-fetch", "args": {"url": "http://"}}', "an http or https address"),
    ],
)
def test_a_bad_submission_is_told_why(service, body, message):
    response = service.client.post("/tasks/submissions", content=body)
    assert response.status_code == 400
    assert message in response.json()["error"]


@pytest.mark.parametrize("task", ["nope", "0" * 32, "..%2F..%2Flock", "submissions"])
def test_unknown_tasks_are_404(service, task):
    assert service.client.get(f"/tasks/{task}").status_code == 404
    if task != "submissions":
        assert service.client.get(f"/tasks/submissions/{task}").status_code == 404


def test_other_paths_and_methods(service):
    assert service.client.get("/elsewhere").status_code == 404
    assert service.client.get("/tasks/submissions/").status_code == 404
    assert service.client.delete("/health").status_code == 405


def test_health(service, until):
    idle = {"status": "ok", "queued": 0, "running": 0, "workers": 4}
    until(lambda: service.client.get("/health").json() == idle)


def test_content_takes_its_time(service):
    before = time.monotonic()
    slow = service.client.get("/content?delay=0.15")
    assert time.monotonic() - before >= 0.15
    assert slow.text == service.client.get("/content").text
    assert service.client.get("/content?delay=nan").status_code == 400


def test_counts_are_requests_received(service):
    before = service.client.get("/counts").json()
    task = service.submit("sleep", seconds=0)
    polls = 1
    while service.state(task)["status"] != "SUCCEEDED":
        polls += 1
    service.result(task)
    service.client.get("/tasks/nope")
    service.client.get("/health")
    service.client.get("/content")
    service.client.post("/tasks/submissions", content="{")
    after = service.client.get("/counts").json()
    grown = {name: after[name] - before[name] for name in ("submit", "status", "result", "total")}
    assert grown == {"submit": 2, "status": polls, "result": 2, "total": polls + 4}
    for name in ("submit", "status", "result"):
        assert sum(after["by_code"][name].values()) == after[name]
    assert after["by_code"]["result"]["404"] == before["by_code"]["result"].get("404", 0) + 1


def test_a_request_counts_before_it_is_answered(service, until):
    before = service.client.get("/counts").json()
    with socket.create_connection(("127.0.0.1", int(service.url.rsplit(":", 1)[1]))) as half:
        half.sendall(b"POST /tasks/submissions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{")
        until(lambda: service.client.get("/counts").json()["submit"] == before["submit"] + 1)
        assert service.client.get("/counts").json()["by_code"] == before["by_code"]
        half.sendall(b"abcd")
        assert half.recv(100).startswith(b"HTTP/1.1 400 ")


def test_replies_on_a_kept_connection_are_not_delayed(service):
    took = []
    for _ in range(25):
        before = time.monotonic()
        service.client.get("/health")
        took.append(time.monotonic() - before)
    assert sorted(took)[5] < 0.04, "each reply waits for a delayed acknowledgement"
