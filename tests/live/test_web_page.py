"""Locust's own page: its figures are those of the recording, and its buttons work."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
from collections import Counter

import httpx
import pytest

from tests.live.reconciling import rows
from tests.serving import PATIENCE, ROOT, until


@pytest.fixture
def page(service, tmp_path):
    """A running `locust` with its page, and a client of that."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    hold = ["--load-set", "load.hold=5m"]
    command = [sys.executable, "-m", "locust", "-f", "locustfile.py", "--loglevel", "WARNING", "--web-port", port]
    command += ["--load-profile", "profiles/smoke.toml", *hold, "--host", service().url, "--run-folder", tmp_path / "run"]
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen([str(each) for each in command], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE) as client:
        until(lambda: process.poll() is None and reachable(client))
        yield process, client
    process.kill()
    process.wait()


def reachable(client):
    with contextlib.suppress(httpx.TransportError):
        return client.get("/").status_code == 200
    return False


def test_locusts_page(page, tmp_path):
    process, client = page
    start = {"user_count": 1, "spawn_rate": 1}
    assert client.post("/swarm", data=start).json()["success"]

    def shown():
        stats = client.get("/stats/requests").json()["stats"]
        return {(entry["method"], entry["name"]): entry["num_requests"] for entry in stats}

    until(lambda: sum(count for (method, _), count in shown().items() if method == "GET") > 20)
    assert client.post("/stop").json()["success"]
    run = tmp_path / "run"
    ended = until(lambda: (info := json.loads((run / "run.json").read_text()))["end_reason"] and info)
    assert (ended["end_reason"], ended["end_detail"]) == ("interrupted", "Stop on Locust's page")
    until(lambda: client.get("/stats/requests").json()["state"] == "stopped")
    recorded = Counter(row["endpoint"] for row in rows(run / "requests.csv"))
    assert recorded.total() > 20
    counted = Counter()
    for (method, name), count in shown().items():
        counted[(method, name.split(" (")[0])] += count
    assert counted == {
        ("POST", "/tasks/submissions"): recorded["submit"],
        ("GET", "/tasks/submissions/{id}"): recorded["status"],
        ("GET", "/tasks/{id}"): recorded["result"],
        ("", "Aggregated"): recorded.total(),
        **{("JOB", kind): n for kind, n in Counter(row["kind"] for row in rows(run / "jobs.csv")).items()},
    }
    assert client.post("/swarm", data=start).json()["success"]
    until(lambda: "this run is over and recorded; start Locust anew" in (tmp_path / "out").read_text())
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 130


@pytest.mark.parametrize("started", [False, True])
def test_ctrl_c_ends_the_run_and_the_page(page, tmp_path, started):
    process, client = page
    if started:
        assert client.post("/swarm", data={"user_count": 1, "spawn_rate": 1}).json()["success"]
        until(lambda: client.get("/stats/requests").json()["user_count"] > 0)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 130
    assert json.loads((tmp_path / "run" / "run.json").read_text())["end_detail"] == "SIGINT"
