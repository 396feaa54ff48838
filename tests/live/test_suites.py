"""`stepload suite` as a process: killed in the middle, gone on with, timed out, and true to what its services logged."""

import csv
import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from report.suite.folder import read_states
from tests.live.conftest import BUSY, Stepload
from tests.serving import ROOT, until

SUITE = """
name = "live"
profile = "{profile}"
repeats = {repeats}
timeout = "{timeout}"
[service]
run = "{{python}} -m service --strategy {{strategy}} --workers 4 --port {{port}} --truth {{run}}/truth.csv"
folder = "{root}"
patience = "2m"
[parameters]
strategy = "async"
[set]
"load.jobs" = {jobs}
"values.workload" = "io"
"values.seconds" = {seconds}
"method.generator_cpu" = 9.0
"method.generator_lag" = "1m"
"method.generator_late" = 1.0
[[phase]]
name = "strategies"
scenario = "{{strategy}}"
matrix = {{ strategy = ["async", "thread"] }}
"""
assert len(BUSY) == 6  # What [set] says of a busy machine.


@pytest.fixture
def suite(tmp_path: Path) -> Callable[..., Path]:
    def write(jobs: int = 8, seconds: float = 0.2, repeats: int = 2, timeout: str = "10m") -> Path:
        profile = ROOT / "examples" / "workers" / "worker.toml"
        told = {"jobs": jobs, "seconds": seconds, "repeats": repeats, "timeout": timeout}
        (tmp_path / "suite.toml").write_text(SUITE.format(profile=profile, root=ROOT, **told))
        return tmp_path / "suite.toml"

    return write


@pytest.fixture
def started(tmp_path: Path):
    """Starts `stepload suite` in a folder of the test; kills what is left of it."""
    made: list[Stepload] = []

    def start(file: Path, *options: object) -> Stepload:
        folder = tmp_path / "suite"
        made.append(Stepload(folder, "suite", file, "--suite-folder", folder, "--no-pdf", *options))
        return made[-1]

    yield start
    for each in made:
        each.kill()


def of_the_suite(folder: Path) -> list[psutil.Process]:
    """Every process that has the suite's folder on its command line."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(str(folder) in part for part in process.cmdline()) and process.pid != os.getpid():
                found.append(process)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def outcomes(folder: Path) -> dict[tuple[str, int], str | None]:
    return {key: state.ended.outcome if state.ended else None for key, state in read_states(folder).items()}


def table(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_suite_killed_in_the_middle_goes_on(suite, started, tmp_path) -> None:
    file, folder = suite(jobs=20, seconds=0.5), tmp_path / "suite"
    first = started(file)
    # The second run is going on: its service and its load generator are there.
    first.until_recorded(2, "runs/thread/1/requests.csv")
    assert [process for process in of_the_suite(folder) if "service" in " ".join(process.cmdline())]
    first.signal(signal.SIGKILL)
    first.process.wait()
    until(lambda: not of_the_suite(folder))
    assert outcomes(folder) == {("async", 1): "done", ("thread", 1): None}
    sealed = (folder / "runs" / "async" / "1" / "run.json").read_bytes()

    again = started(file, "--resume")
    assert again.wait() == 0, again.text()
    assert "1 run of 4 done already" in again.text()
    assert (folder / "runs" / "async" / "1" / "run.json").read_bytes() == sealed
    assert outcomes(folder) == {(name, repeat): "done" for name in ("async", "thread") for repeat in (1, 2)}
    begun = [json.loads(line) for line in (folder / "state.jsonl").read_text().splitlines() if '"begun"' in line]
    assert [(line["scenario"], line["repeat"]) for line in begun] == [
        ("async", 1), ("thread", 1), ("thread", 1), ("async", 2), ("thread", 2),
    ]  # fmt: skip
    assert (folder / "runs" / "thread" / "1.old-1" / "requests.csv").exists()
    assert not of_the_suite(folder)
    rows = table(folder / "report" / "runs.csv")
    assert len(rows) == 4
    for row in rows:
        logged, reply = logged_time(folder / row["folder"])
        assert 0.99 * logged < float(row["total_s"]) < 1.01 * (logged + reply)
        assert float(row["jobs_per_s"]) == pytest.approx(20 / float(row["total_s"]))
        assert row["succeeded"] == "20"
    third = started(file, "--resume")
    assert third.wait() == 0 and "4 runs of 4 done already" in third.text()


def logged_time(run: Path) -> tuple[float, float]:
    """Seconds from the first job's acceptance to the last one's end, by the service's own log; and how long the reply to the
    first submit took, somewhere in which it was accepted."""
    events = table(run / "truth.csv")
    first = min(float(row["monotonic"]) for row in events if row["event"] == "enqueue")
    ends = [float(row["monotonic"]) for row in events if row["event"] == "end"]
    submits = [row for row in table(run / "requests.csv") if row["endpoint"] == "submit"]
    return max(ends) - first, max(float(row["seconds"]) for row in submits)


def test_a_run_that_takes_too_long_is_timed_out_and_no_success(suite, started, tmp_path) -> None:
    running = started(suite(jobs=40, seconds=30.0, repeats=1, timeout="1s"))
    assert running.wait() == 3, running.text()
    assert outcomes(tmp_path / "suite") == {("async", 1): "timed out"}
    assert re.search(r"timed out after 1 s; took .*; 1 left", running.text())
    assert "async, repeat 1, went wrong, so 1 run was left out" in running.text()
    (row,) = table(tmp_path / "suite" / "report" / "runs.csv")
    assert (row["outcome"], row["succeeded"]) == ("timed out", "0")
    (summary,) = table(tmp_path / "suite" / "report" / "summary.csv")
    assert (summary["usable"], summary["jobs_per_s_mean"]) == ("0", "")


def test_ctrl_c_ends_it_in_order(suite, started, tmp_path) -> None:
    running = started(suite(jobs=40, seconds=30.0))
    running.until_recorded(2, "runs/async/1/requests.csv")
    running.signal(signal.SIGINT)
    assert running.wait() == 130, running.text()
    assert outcomes(tmp_path / "suite") == {("async", 1): "interrupted"}
    assert not of_the_suite(tmp_path / "suite")


def test_a_service_that_does_not_start(suite, started, tmp_path) -> None:
    file = suite()
    file.write_text(file.read_text().replace("-m service", "-m no_such_service"))
    running = started(file, "--continue-on-error", "--repeats", "1")
    assert running.wait() == 1, running.text()
    assert outcomes(tmp_path / "suite") == {("async", 1): "failed", ("thread", 1): "failed"}
    assert "the service ended with exit code 1 before it was ready; it said: " in running.text()
    assert "No module named no_such_service" in running.text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--host", "http://127.0.0.1:1"], "starts its service itself; leave one of the two out"),
        (["--resume"], "holds no suite"),
        (["--phase", "x"], "no such phase; there are: strategies"),
        (["--label", "x"], "--label x: write KEY=VALUE"),
    ],
)
def test_a_mistake_is_one_sentence(suite, command, tmp_path, options, said) -> None:
    done = command("suite", suite(), "--suite-folder", tmp_path / "none", *options)
    assert done.returncode == 2 and said in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "none").exists()


def test_a_list(suite, command) -> None:
    done = command("suite", suite(), "--list", "--scenario", "thr*")
    assert done.returncode == 0
    assert done.stdout == 'strategies  thread  strategy = "thread"; timeout 10 min; 2 repeats\n'
