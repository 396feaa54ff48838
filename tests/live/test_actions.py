"""Commands that a run carries out: a failover under load, a clean state before it, and secrets that stay secret."""

import json
import os
import signal
import sys
from itertools import pairwise

import psutil

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
at = "11s"
run = '''{sys.executable} -c "{POST}" URL/workers/1/restart?down=3'''
[[action]]
name = "hangs"
at = "23s"
run = 'sh -c "echo up; sleep {LONG}; true"'
timeout = "2s"
[[action]]
name = "endless"
at = "24s"
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
    target = service("--workers", "1", "--queue-limit", "5000")
    profile = profile_with(ACTIONS.replace("URL", target.url))
    load = (
        "--set", "load.clients=16", "--set", "load.hold=25s", "--set", "load.drain=10m", "--set", "api.timeout=60s", "--set", "clients.poll_every=500ms", "--set", "method.recovery_window=1s", "--set", "method.settle=1s",
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
    assert begun["failover"]["t"] - load >= 11
    files = [file for file in run.folder.rglob("*") if file.is_file()]
    assert {"requests.csv", "events.jsonl", "profile.toml", "report.json"} <= {file.name for file in files}
    assert [file.name for file in files if SECRET.encode() in file.read_bytes()] == []
    assert SECRET not in run.text()
    recorded = read_run(run.folder)
    recovered = next(each for each in analyse(recorded).recoveries if each.what == "action failover")
    assert recovered.moment == begun["failover"]["t"] and recovered.result
    back = away(target.truth(), recorded.info.epoch, begun["failover"]["t"], ended["failover"]["t"])
    over = queue_empty(target.truth(), recorded.info.epoch, back)
    behind = seen_late(target.truth(), rows(run.folder / "jobs.csv"), recorded.info.epoch, over)
    seen = recovered.result.drained
    if seen is None:  # on a machine too busy to work off what had waited before the next action
        assert over + behind + 2 > begun["hangs"]["t"]
    else:
        assert over - 1 <= recovered.moment + seen <= over + behind + 2, "in flight is told each second"
    assert not sleepers(), "nothing is left"
    report = (run.folder / "report" / "report.md").read_text()
    assert "## Actions" in report
    assert "The action hangs took longer than its 2 s and was ended" in report


def away(truth, epoch, asked, answered):
    """Assert that the only worker was away for 3 s, from a moment between question and answer on, and that what was
    accepted meanwhile was done afterwards; returns when it was back."""
    at = {(row["id"], row["event"]): float(row["wall"]) - epoch for row in truth}
    begun = sorted(t for (_, event), t in at.items() if event == "start")
    left, back = max((pair for pair in pairwise(begun) if pair[1] >= asked), key=lambda pair: pair[1] - pair[0])
    assert left <= answered and back - left >= 3
    waited = [task for (task, event), t in at.items() if event == "enqueue" and answered < t < back]
    assert waited and all(at[task, "end"] > back for task in waited)
    return back


def seen_late(truth, jobs, epoch, until):
    """By how much the client saw jobs done after the service was, at the most; of the jobs due before a moment."""
    ended = {row["id"]: float(row["wall"]) - epoch for row in truth if row["event"] == "end"}
    return max(float(job["done_before"]) - ended[job["id"]] for job in jobs if job["done_before"] and float(job["due"]) < until)


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
