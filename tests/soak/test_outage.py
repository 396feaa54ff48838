"""A target that is gone for a minute and comes back: the run goes on, names it, recovers, and no row is missing."""

import json
import time

import pytest

from tests.live.reconciling import recorded, rows

pytestmark = pytest.mark.soak

GONE = 60.0
NOTED = '[{rule = "outage", then = "note"}]'


def test_a_target_that_is_gone_for_a_minute(service, stepload):
    target = service("--content-delay", "0", "--no-times")
    port = target.url.rpartition(":")[2]
    run = stepload(target.url, "--workers", 2, "--set", "load.hold=100s", "--set", f"stop={NOTED}", "--set", "load.drain=15s")
    run.until_recorded(100)
    target.process.kill()
    target.process.wait()
    time.sleep(GONE)
    service("--content-delay", "0", "--port", port)
    assert run.wait(180) == 3, run.text()
    outcomes, _ = recorded(run.folder)
    jobs = rows(run.folder / "jobs.csv")
    refused = [float(job["ended"]) for job in jobs if job["error"] == "connect: connection refused"]
    assert GONE - 5 < max(refused) - min(refused) < GONE + 15
    afterwards = [job for job in jobs if float(job["due"]) > max(refused)]
    assert len(afterwards) > 50 and {job["outcome"] for job in afterwards} == {"succeeded"}
    assert outcomes["errored"] > 0.8 * GONE * 10, "ten submits a second went on"
    assert json.loads((run.folder / "run.json").read_text())["end_reason"] == "finished"
    told = (run.folder / "report" / "report.md").read_text()
    assert "connect: connection refused" in told and "outage" in told.lower()
