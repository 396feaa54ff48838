"""A worker that doesn't share its master's clock, as on another machine: here it only claims another boot."""

import json
import socket
import subprocess
import sys

from tests.live.reconciling import reconcile, rows
from tests.serving import ROOT

FAR = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import load.clock
load.clock.boot_id = lambda: "another machine's"
from locust.main import main
main()
"""


def start(folder, url, hold):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    common = ["-f", str(ROOT / "locustfile.py"), "--loglevel", "ERROR"]
    joins = ["--worker", "--master-host", "127.0.0.1", "--master-port", port]
    profile = ["--load-profile", "smoke", "--load-set", f"load.hold={hold}", "--host", url, "--run-folder", str(folder)]
    master = [*common, "--headless", "--only-summary", "--master", "--master-bind-port", port, "--expect-workers", "1", *profile]
    worker = subprocess.Popen([sys.executable, "-c", FAR, *common, *joins], cwd=ROOT)
    return subprocess.Popen([sys.executable, "-m", "locust", *master], cwd=ROOT), worker


def test_its_clock_is_measured_and_its_host_is_watched(service, tmp_path):
    target = service("--content-delay", "0.05")
    master, worker = start(tmp_path / "run", target.url, "3s")
    assert (master.wait(60), worker.wait(10)) == (0, 0)
    assert set(reconcile(tmp_path / "run", target)) == {"succeeded"}
    (recorded,) = json.loads((tmp_path / "run" / "run.json").read_text())["workers"]
    assert abs(recorded["clock_offset"]) <= recorded["clock_error"] < 0.05
    sources = {row["source"] for row in rows(tmp_path / "run" / "samples.csv")}
    assert {"target", "service", "generator-1", f"host-{socket.gethostname()}"} <= sources


def test_it_stops_when_its_master_falls_silent(service, tmp_path, until):
    target = service("--content-delay", "0.05")
    master, worker = start(tmp_path / "run", target.url, "5m")
    requests = tmp_path / "run" / "requests.csv"
    until(lambda: requests.exists() and requests.read_bytes().count(b"\n") > 10, 60)
    master.kill()
    master.wait()
    assert worker.wait(6) == 1
