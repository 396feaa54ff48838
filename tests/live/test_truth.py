"""A stepping run against a service whose capacity is known, held against the service's own log."""

import json

import numpy as np
import pytest

from report.analysis.holds import cut_holds
from report.recording.events import RuleState
from report.recording.run import read_run
from report.recording.steps import read_steps
from report.rules.replay import replay


def test_capacity_is_the_last_step_below_the_true_one(service, stepload, command):
    target = service("--workers", "10", "--content-delay", "0.395", "--queue-limit", "5000")
    steps = ("load.start=10", "load.step=15", "load.until=55", "load.hold=15s", "load.drain=20s")
    settings = [part for step in (*steps, "method.window=10s") for part in ("--set", step)]
    run = stepload(target.url, *settings, profile="demo")
    assert run.wait() == 0, run.text()
    report = json.loads((run.folder / "report" / "report.json").read_text())
    recorded = read_run(run.folder)
    named = report["capacity"]["clients"]
    assert named <= 25, "the service carries 30 clients"
    hold = next(step for step in read_steps(recorded.events, recorded.end) if step.clients == named).hold
    ends = [float(row["wall"]) - recorded.info.epoch for row in target.truth() if row["event"] == "end"]
    true_rate = sum(hold[0] <= end < hold[1] for end in ends) / (hold[1] - hold[0])
    assert abs(report["capacity"]["value"] - true_rate) <= 0.1 * true_rate
    latency = next(answer for answer in report["answers"] if answer["subject"] == "Latency distribution")
    taken = true_times(recorded, target.truth(), latency["source"]["steps"])
    assert len(taken) > 300
    for name, p in (("job_p50", 0.5), ("job_p95", 0.95)):
        assert latency["numbers"][name] == pytest.approx(np.quantile(taken, p), rel=0.005, abs=0.002)
    assert recorded.info.end_reason == "stopped"
    assert recorded.info.end_detail in ("backlog", "plateau")
    assert " clients" in command("stops", run.folder).stdout
    endured = command("run", "endurance", "--set", f"load.from={run.folder}", "--host", "http://127.0.0.1:1")
    assert "not ready" in endured.stderr, "60 % of that run's capacity is a load"
    assert decisions_of(run.folder) == [event for event in recorded.events if isinstance(event, RuleState)]
    assert "lead to the same decisions again" in command("stops", run.folder, "--again").stdout


def true_times(run, truth, steps) -> list[float]:
    """How long the jobs of these steps took, from when they were due to when the service's own log says that it ended them."""
    ended = {row["id"]: float(row["wall"]) - run.info.epoch for row in truth if row["event"] == "end"}
    jobs = [job for hold in cut_holds(run) if hold.step.number in steps for job in hold.jobs[["id", "due"]].itertuples()]
    return [ended[job.id] - job.due for job in jobs]


def decisions_of(folder) -> list[dict]:
    """The rules' decisions, derived again from the files; `t` is when they were taken, which only a live run has."""
    run = read_run(folder)
    recorded = [event for event in run.events if isinstance(event, RuleState)]
    changes = replay(folder, run.profile, run.events)
    assert len(changes) == len(recorded)
    return [change.event(event.t) for change, event in zip(changes, recorded, strict=True)]
