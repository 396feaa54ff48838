"""A worker that doesn't share its master's clock, as on another machine: here it only claims another boot."""

import json
import socket
import subprocess
import sys

from report.recording.run import read_run
from report.validity.assessment import assess
from tests.live.reconciling import reconcile, rows
from tests.serving import PATIENCE, ROOT

FAR = f"""
import sys, time, types
sys.path.insert(0, {str(ROOT)!r})
from locust.main import main
import load.protocol.clock
load.protocol.clock.boot_id = lambda: "another machine's"
import load.worker.link
speed = float(sys.argv.pop(1))
load.worker.link.time = types.SimpleNamespace(monotonic=lambda: time.monotonic() * speed)
main()
"""


def start(folder, url, hold, speed=1.0):
    """A master and a worker whose clock, as its link reads it, runs at another speed."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    common = ["-f", str(ROOT / "locustfile.py"), "--loglevel", "ERROR"]
    joins = ["--worker", "--master-host", "127.0.0.1", "--master-port", port]
    profile = ["--load-profile", "smoke", "--load-set", f"load.hold={hold}", "--host", url, "--run-folder", str(folder)]
    master = [*common, "--headless", "--only-summary", "--master", "--master-bind-port", port, "--expect-workers", "1", *profile]
    worker = subprocess.Popen([sys.executable, "-c", FAR, str(speed), *common, *joins], cwd=ROOT)
    return subprocess.Popen([sys.executable, "-m", "locust", *master], cwd=ROOT), worker


def test_its_clock_is_measured_and_its_host_is_watched(service, tmp_path):
    target = service("--content-delay", "0.05")
    master, worker = start(tmp_path / "run", target.url, "3s")
    assert (master.wait(PATIENCE), worker.wait(PATIENCE)) == (0, 0)
    assert set(reconcile(tmp_path / "run", target)) == {"succeeded"}
    (recorded,) = json.loads((tmp_path / "run" / "run.json").read_text())["workers"]
    assert abs(recorded["clock_offset"]) <= recorded["clock_error"]
    (event,) = (e for e in map(json.loads, (tmp_path / "run" / "events.jsonl").read_text().splitlines()) if e["event"] == "clock")
    assert abs(recorded["clock_drift"] - event["drift"]) < 1e-6
    assert event["drift"] <= event["error"] + recorded["clock_error"] + 1e-6
    sources = {row["source"] for row in rows(tmp_path / "run" / "samples.csv")}
    assert {"target", "service", "generator-1", f"host-{socket.gethostname()}"} <= sources


def test_a_clock_that_drifts_is_told_and_corrects_nothing(service, tmp_path):
    target = service("--content-delay", "0.05")
    master, worker = start(tmp_path / "run", target.url, "2s", speed=1.05)
    assert (master.wait(PATIENCE), worker.wait(PATIENCE)) == (0, 0)
    (recorded,) = json.loads((tmp_path / "run" / "run.json").read_text())["workers"]
    assert recorded["clock_drift"] > 0.02, "5 % over more than half a second of ramp"
    checks = {check.name: check for check in assess(read_run(tmp_path / "run")).checks}
    assert "A worker's clock drifted by" in checks["Clocks"].sentence


def test_it_stops_when_its_master_falls_silent(service, tmp_path, until):
    target = service("--content-delay", "0.05")
    master, worker = start(tmp_path / "run", target.url, "5m")
    requests = tmp_path / "run" / "requests.csv"
    until(lambda: requests.exists() and requests.read_bytes().count(b"\n") > 10)
    master.kill()
    master.wait()
    assert worker.wait(30) == 1
