"""A run over several machines: a master, a worker on each of two others, and the target on a fourth.

Each worker reaches the target and the master by cables of their own, so that its link to the master can be cut while its
load still reaches the target.
"""

import contextlib
import csv
import json
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import tomli_w

from profiles import FOLDER
from report.recording.run import read_run
from tests.live.networks import Machine, Network, network, started
from tests.live.reconciling import rows
from tests.serving import PATIENCE, ROOT, until

MASTER, TARGET, ONE, TWO = "10.78.0.1", "10.78.0.2", "10.78.0.3", "10.78.0.4"
STAGES = [{"clients": 20, "hold": "9s"}, {"clients": 20, "ramp": "1s", "hold": "5s"}]


class Scene:
    """The machines, what runs on them, and the cable between the master and the second worker."""

    def __init__(self, net: Network, stack: contextlib.ExitStack, folder: Path) -> None:
        self.folder, self._stack = folder, stack
        self.master, target, one, two = (net.machine(address) for address in (MASTER, TARGET, ONE, TWO))
        for machine, address in ((self.master, MASTER), (one, ONE), (two, TWO)):
            net.connect(machine, address, target, TARGET)
        net.connect(self.master, MASTER, one, ONE)
        self._cable = net.connect(self.master, MASTER, two, TWO)
        self._start(target, "target", "-m", "service", "--host", "0.0.0.0", "--port", 8000, "--truth", folder / "truth.csv")
        until(lambda: "listening on" in self.said("target"))
        self._start(target, "agent", ROOT, "agent", "--bind", f"{TARGET}:5559", "--process", "service=port:8000")
        self.workers = [
            self._start(machine, name, ROOT, "worker", "--master", MASTER) for machine, name in ((one, "one"), (two, "two"))
        ]

    def run(self, stages: list[dict[str, Any]]) -> subprocess.Popen[bytes]:
        """Start the run; returns when the load is on its way."""
        process = self._start(
            self.master, "master", ROOT, "run", self._profile(stages), "--host", f"http://{TARGET}:8000",
            "--run-folder", self.folder / "run", "--master-bind", MASTER, "--expect-workers", 2,
        )  # fmt: skip
        until(lambda: "hold_start" in self._events())
        until(lambda: {job.partition("-")[0] for job in self.jobs()} == {"1", "2"})
        return process

    def cut(self) -> None:
        self.master.ip("link", "set", self._cable, "down")

    def mend(self) -> None:
        self.master.ip("link", "set", self._cable, "up")

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def events(self, name: str) -> list[dict[str, Any]]:
        return [event for line in self._events().splitlines() if (event := json.loads(line))["event"] == name]

    def jobs(self) -> list[str]:
        return [row["job"] for row in rows(self.folder / "run" / "requests.csv") if row["endpoint"] == "submit"]

    def enqueued(self) -> set[str]:
        with (self.folder / "truth.csv").open() as file:
            return {row["id"] for row in csv.DictReader(file) if row["event"] == "enqueue"}

    def report(self) -> dict[str, Any]:
        return json.loads((self.folder / "run" / "report" / "report.json").read_text())

    def _events(self) -> str:
        file = self.folder / "run" / "events.jsonl"
        return file.read_text() if file.exists() else ""

    def _start(self, machine: Machine, name: str, *words: object) -> subprocess.Popen[bytes]:
        return started(self._stack, machine, self.folder / f"{name}.log", sys.executable, *words)

    def _profile(self, stages: list[dict[str, Any]]) -> Path:
        profile = tomllib.loads((FOLDER / "smoke.toml").read_text()) | {"lost_worker": "continue", "stop": [], "limit": []}
        profile["job"] = [job for job in profile["job"] if job["kind"] == "factorial"]
        profile["clients"] = {"submit_every": "500ms", "poll_every": "100ms"}
        agent = f"http://{TARGET}:5559"
        profile["watch"] = [{"name": "target", "agent": agent}, {"name": "service", "agent": agent, "source": "service"}]
        profile["load"] = {"shape": "stages", "ramp": "1s", "drain": "5s", "stage": stages}
        profile["method"] = {"generator_cpu": 9.0, "generator_lag": "1m", "generator_late": 1.0}
        file = self.folder / "many.toml"
        file.write_text(tomli_w.dumps(profile))
        return file


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with network() as net, contextlib.ExitStack() as stack:
        yield Scene(net, stack, tmp_path)


def lost_and_reconciled(scene: Scene) -> int:
    """Assert what both accidents have in common; returns the number of the lost worker."""
    run = read_run(scene.folder / "run")
    assert run.status == "finished"
    (lost,) = (worker for worker in run.info.workers if worker.lost)
    for worker in run.info.workers:
        assert worker.requests_sent == worker.requests_received and worker.jobs_sent == worker.jobs_received
    sampled = set(zip(run.samples["source"], run.samples["metric"], strict=True))
    assert {("target", "load1"), ("service", "rss")} <= sampled, "the agent on the target's machine told of it"
    jobs = [row["job"] for row in rows(scene.folder / "run" / "jobs.csv")]
    assert len(set(jobs)) == len(jobs), "no row counts twice"
    assert [event["worker"] for event in scene.events("worker_lost")] == [lost.index]
    report = scene.report()
    assert report["trust"] == "QUALIFIED", report["reasons"]
    (steps,) = (block for section in report["sections"] if section["id"] == "results" for block in section["blocks"]
                if block.get("title") == "What each step carried")  # fmt: skip
    verdicts = [row[-1]["text"] for row in steps["rows"]]
    assert verdicts[0] == "INVALID" and verdicts[1] in ("SUSTAINED", "INCONCLUSIVE")
    assert any("was lost" in reason["sentence"] for reason in report["reasons"])
    (second,) = (event for event in scene.events("hold_start") if event["step"] == 2)
    due_later = {row["worker"] for row in rows(scene.folder / "run" / "jobs.csv") if float(row["due"]) > second["t"]}
    assert due_later == {str(3 - lost.index)}, "the other took over all clients"
    return lost.index


def test_a_worker_that_is_killed(scene: Scene) -> None:
    run = scene.run(STAGES)
    psutil.Process(scene.workers[1].pid).send_signal(signal.SIGKILL)
    assert run.wait(PATIENCE) == 0, scene.said("master")
    assert scene.workers[0].wait(PATIENCE) == 0
    lost = lost_and_reconciled(scene)
    jobs = read_run(scene.folder / "run").jobs
    unanswered = jobs[jobs["outcome"] == "abandoned"]
    assert set(unanswered["worker"]) <= {lost}, "what was in flight there reads abandoned"


def test_a_worker_that_is_cut_off_and_back(scene: Scene) -> None:
    check_cut_off(scene, STAGES, 6.0)


def check_cut_off(scene: Scene, stages: list[dict[str, Any]], seconds: float) -> None:
    run = scene.run(stages)
    scene.cut()
    time.sleep(seconds)
    scene.mend()
    assert scene.workers[1].wait(PATIENCE) == 1
    said = scene.said("two")
    assert "the master acknowledged nothing for 4 s; it submits no more jobs" in said
    assert "all that it recorded was delivered" in said
    assert run.wait(PATIENCE) == 0, scene.said("master")
    assert scene.workers[0].wait(PATIENCE) == 0
    lost = lost_and_reconciled(scene)
    assert [event["worker"] for event in scene.events("worker_back")] == [lost]
    (gone,) = scene.events("worker_lost")
    submits = [row for row in rows(scene.folder / "run" / "requests.csv") if row["endpoint"] == "submit"]
    last = max(float(row["sent"]) for row in submits if row["worker"] == str(lost))
    assert gone["heard"] < last < gone["heard"] + 6, "it went on for a while, seen by nobody, and its rows came later"
    accepted = {row["id"] for row in rows(scene.folder / "run" / "jobs.csv") if row["accepted"]}
    unanswered = [row for row in submits if not row["code"]]
    assert accepted <= scene.enqueued()
    assert len(scene.enqueued() - accepted) <= len(unanswered), "a submit that was out when the load ended has a row as well"
