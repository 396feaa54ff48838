"""Commands that a run carries out: a failover under load, a clean state before it, and secrets that stay secret."""

import json
import os
import signal
import sys

import psutil
import pytest

from report.analysis.run import analyse
from report.recording.run import read_run
from tests.live.reconciling import queue_empty, reconcile, rows

SECRET = "hush-41b7"
LONG = f"300.{os.getpid()}"
"""Seconds: a sleep that is told from others' by this process's id."""
POST = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], b'').read().decode())"
ACTIONS = f"""
[[action]]
name = "clean"
at = "before"
run = '''{sys.executable} -c "import sys; print('cleaned with', sys.argv[1])" ${{CLEAN_TOKEN}}'''
[[action]]
name = "failover"
at = "5s"
run = '''{sys.executable} -c "{POST}" URL/workers/1/restart?down=3'''
[[action]]
name = "hangs"
at = "13s"
run = '''{sys.executable} -c "import subprocess, sys, time; print('up', flush=True); subprocess.run(['sleep', '{LONG}'])"'''
timeout = "2s"
[[action]]
name = "endless"
at = "14s"
run = "sleep {LONG}"
timeout = "1h"
[[action]]
name = "wrong"
at = "after"
run = "false"
"""


def told(folder, name):
    lines = map(json.loads, (folder / "events.jsonl").read_text().splitlines())
    return {event["action"]: event for event in lines if event["event"] == name}


def sleepers():
    return [process for process in psutil.process_iter(["cmdline"]) if process.info["cmdline"] == ["sleep", LONG]]


def test_a_worker_of_the_service_is_restarted_under_load(service, stepload, profile_with, monkeypatch):
    monkeypatch.setenv("CLEAN_TOKEN", SECRET)
    target = service("--workers", "1")
    profile = profile_with(ACTIONS.replace("URL", target.url))
    load = (
        "--set", "load.clients=80", "--set", "load.hold=17s", "--set", "method.recovery_window=1s", "--set", "method.settle=1s",
    )  # fmt: skip
    run = stepload(target.url, *load, "--only", "factorial", profile=profile)
    assert run.wait() == 0, run.text()
    reconcile(run.folder, target)
    begun, ended = told(run.folder, "action_start"), told(run.folder, "action_end")
    assert list(begun) == ["clean", "failover", "hangs", "endless", "wrong"]
    wrong = {name: (event["code"], event["wrong"]) for name, event in ended.items()}
    assert wrong == {
        "clean": (0, ""), "failover": (0, ""), "wrong": (1, "failed with exit code 1"),
        "hangs": (None, "took longer than its 2 s and was ended"), "endless": (None, "was ended with the run"),
    }  # fmt: skip
    assert ended["clean"]["output"] == "cleaned with ${CLEAN_TOKEN}"
    assert "down" in ended["failover"]["output"]
    assert ended["hangs"]["output"] == "up"
    events = [json.loads(line) for line in (run.folder / "events.jsonl").read_text().splitlines()]
    load = next(event["t"] for event in events if event["event"] == "ramp_start")
    assert ended["clean"]["t"] <= load
    assert 5 <= begun["failover"]["t"] - load < 15
    for file in run.folder.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes(), f"the secret is in {file.name}"
    assert SECRET not in run.text()
    dip = begun["failover"]["t"]
    done = [float(job["done_before"]) for job in rows(run.folder / "jobs.csv")]
    assert not [t for t in done if dip + 0.5 < t < dip + 2.9], "nothing was done while the only worker was away"
    assert len([t for t in done if dip + 3 < t < dip + 6]) > 200, "and then all that had waited"
    recorded = read_run(run.folder)
    recovered = next(each for each in analyse(recorded).recoveries if each.what == "action failover")
    over = queue_empty(target.truth(), recorded.info.epoch, ended["failover"]["t"])
    assert recovered.moment == dip and recovered.result
    assert recovered.result.drained == pytest.approx(over - dip, abs=2) and over - dip > 3
    assert not sleepers(), "nothing is left"
    report = (run.folder / "report" / "report.md").read_text()
    assert "## Actions" in report
    assert "The action hangs took longer than its 2 s and was ended" in report


def test_no_load_without_a_clean_state(service, stepload, profile_with):
    target = service()
    failing = f"""
[[action]]
name = "clean"
at = "before"
run = '''{sys.executable} -c "print('no disk left'); raise SystemExit(3)"'''
"""
    run = stepload(target.url, profile=profile_with(failing))
    assert run.wait() == 4, run.text()
    info = json.loads((run.folder / "run.json").read_text())
    assert (info["end_reason"], info["end_detail"]) == ("failed", "before the load the action clean failed with exit code 3")
    assert rows(run.folder / "requests.csv") == []
    assert "no disk left" in (run.folder / "report" / "report.md").read_text()


def test_an_action_ends_with_the_run_that_is_killed(service, stepload, until, profile_with):
    target = service()
    run = stepload(target.url, profile=profile_with('[[action]]\nname = "clean"\nat = "before"\nrun = "sleep ' + LONG + '"\n'))
    (sleeper,) = until(sleepers)
    run.master().send_signal(signal.SIGKILL)
    sleeper.wait(30)
    run.wait()


def test_a_secret_that_is_missing_is_said_before_anything_else(service, command, profile_with, tmp_path):
    text = '[[action]]\nname = "clean"\nat = "before"\nrun = "echo ${NO_SUCH_TOKEN}"\n'
    done = command("run", profile_with(text), "--host", service().url, "--run-folder", tmp_path / "never")
    assert done.returncode == 2
    assert "action clean: run: the environment has no NO_SUCH_TOKEN" in done.stderr
    assert not (tmp_path / "never").exists()
