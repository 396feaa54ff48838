"""The service unloaded: one job at a time before the first step, whatever the clients do later."""

import json

from report.runfolder import read_run
from report.steps import read_baseline, read_steps

BASELINE = ("--only", "factorial", "--set", "load.baseline=4s", "--set", "load.clients=12", "--set", "load.hold=5s")


def test_a_baseline_is_one_job_at_a_time_and_no_step(service, stepload, command):
    target = service("--workers", "4")
    run = stepload(target.url, *BASELINE, "--workers", 2)
    assert run.wait(150) in (0, 3), run.text()
    assert "baseline: one job at a time for 4s" in run.text()
    recorded = read_run(run.folder)
    baseline, (step,) = read_baseline(recorded.events, recorded.end), read_steps(recorded.events, recorded.end)
    assert (baseline.number, step.number, step.clients) == (0, 1, 12)
    alone = recorded.jobs[recorded.jobs["due"] < step.ramp_start]
    due, ended = alone["due"].to_numpy(), alone["done_before"].to_numpy()
    assert len(alone) >= 10
    assert (due[1:] >= ended[:-1]).all(), "the next job was due before the last was seen done"
    assert most_at_once(target.truth(), recorded.info.epoch + step.ramp_start) == 1
    report = json.loads((run.folder / "report" / "report.json").read_text())
    steps = next(table for table in tables(report) if table["title"] == "What each step carried")["rows"]
    assert len(steps) == 1
    finding = next(finding for finding in report["answers"] if finding["subject"] == "Latency distribution")
    assert "Unloaded, one job at a time, a job took " in finding["sentence"]
    assert finding["numbers"]["unloaded_job"] > 0
    again = command("stops", run.folder, "--again")
    assert again.returncode == 0, again.stdout + again.stderr


def most_at_once(truth, until) -> int:
    """The most tasks that were enqueued and not yet ended at once, before a moment, as the service itself wrote it down."""
    rows = sorted((float(row["wall"]), row["event"]) for row in truth if float(row["wall"]) < until)
    open_, most = 0, 0
    for _, event in rows:
        open_ += {"enqueue": 1, "end": -1}.get(event, 0)
        most = max(most, open_)
    return most


def tables(report):
    return [block for section in report["sections"] for block in section["blocks"] if block["kind"] == "table"]
