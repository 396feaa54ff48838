"""The service unloaded: one job at a time before the first step, whatever the clients do later."""

import json
import time

from report.recording.run import read_run
from report.recording.steps import read_baseline, read_steps
from report.validity.assessment import assess

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


def test_a_target_that_others_use_is_said_not_to_be_idle(service, stepload):
    """Another client keeps the one worker busy, and a few of its jobs in the queue, until the first step begins."""
    target = service("--workers", "1")
    quick = ("--set", "load.baseline=2s", "--set", "load.clients=2", "--set", "load.hold=1s")
    run = stepload(target.url, "--only", "factorial", *quick)
    events, others = run.folder / "events.jsonl", []
    while not (events.exists() and '"step":1' in events.read_text().replace(" ", "")):
        assert run.process.poll() is None, run.text()
        if target.client.get("/health").json()["queued"] < 3:
            others.append(target.submit("sleep", seconds=0.2))
        time.sleep(0.02)
    assert run.wait(150) in (0, 3), run.text()
    (check,) = (check for check in assess(read_run(run.folder)).checks if check.name == "Baseline" and check.level == "qualified")
    assert "The service was not idle during the baseline: half of its jobs waited for more than " in check.sentence
    assert "though each was the only one" in check.sentence
    assert "QUALIFIED" in run.text() and "The service was not idle during the baseline" in run.text()
    assert len(others) > 3 and check.numbers["queue_s"] > 0.25


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
