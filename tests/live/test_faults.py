"""What a run leaves behind when something is killed, full or gone."""

import json
import resource
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from profiles import UserError
from report.recording.run import read_run


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if lives(process)]


def lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("workers", [1, 2])
def test_kill_9_of_the_master(service, stepload, command, until, workers):
    target = service("--content-delay", "0.05")
    run = stepload(target.url, "--workers", workers, "--set", "load.hold=5m")
    run.until_recorded(30)
    family = run.family()
    assert len(family) >= workers + 1, "the master, its workers and the watcher"
    run.master().kill()
    killed = time.monotonic()
    until(lambda: not alive(family), 30)
    assert run.wait() == 1, run.text()
    crashed = read_run(run.folder)
    assert crashed.status == "crashed"
    assert crashed.end > killed - _epoch_monotonic(crashed.info.epoch) - 2.0, "at most two seconds are lost"
    report = command("report", run.folder)
    assert report.returncode == 0, report.stderr
    assert "crashed" in (run.folder / "report" / "report.md").read_text()


def _epoch_monotonic(epoch: float) -> float:
    return epoch - time.time() + time.monotonic()


def test_kill_9_of_the_command_ends_all(service, stepload, until):
    target = service("--content-delay", "0.05")
    run = stepload(target.url, "--workers", "2", "--set", "load.hold=5m")
    run.until_recorded(20)
    family = run.family()
    run.signal(signal.SIGKILL)
    until(lambda: not alive(family), 30)
    assert read_run(run.folder).status == "interrupted"


def test_a_worker_killed(service, stepload):
    target = service("--content-delay", "0.05")
    run = stepload(target.url, "--workers", "2", "--set", "load.hold=5m")
    run.until_recorded(20)
    next(p for p in run.family() if "--worker" in p.cmdline()).kill()
    assert run.wait() == 4, run.text()
    info = json.loads((run.folder / "run.json").read_text())
    assert info["end_reason"] == "failed"
    assert [worker["lost"] for worker in info["workers"]].count(True) == 1
    assert json.loads((run.folder / "report" / "report.json").read_text())["trust"] == "INVALID"


def test_the_watcher_killed(service, stepload):
    target = service("--content-delay", "0.05")
    run = stepload(target.url, "--set", "load.hold=6s")
    run.until_recorded(10)
    next(p for p in run.family() if "load.sampling.watcher_program" in p.cmdline()).kill()
    assert run.wait() == 0, run.text()
    report = json.loads((run.folder / "report" / "report.json").read_text())
    assert report["trust"] == "QUALIFIED"
    assert any("not sampled from" in reason["sentence"] for reason in report["reasons"])


def stopped_for(seconds: float, process: psutil.Process) -> None:
    process.suspend()
    time.sleep(seconds)  # how long it sleeps is what is tested
    process.resume()


def test_who_slept_is_named_and_nobody_else_blamed(service, stepload, until):
    target = service("--content-delay", "0.05")
    run = stepload(target.url, "--workers", "2", "--set", "load.hold=5m")
    run.until_recorded(10)
    watcher = next(p for p in run.family() if "load.sampling.watcher_program" in p.cmdline())

    def slept(who: str) -> bool:
        return any(event.name == "slept" and event.who == who for event in read_run(run.folder).events)

    for who, process in (("master", run.master()), ("watcher", watcher)):
        stopped_for(7.0, process)
        until(lambda who=who: slept(who))
    assert not any(event.name == "worker_lost" for event in read_run(run.folder).events)
    (run.folder / "requests.csv").unlink()
    assert run.wait() == 4, run.text()
    kept = read_run(run.folder)
    assert kept.info.end_detail == f"{run.folder / 'requests.csv'} was removed while the run was recorded"
    assert len(kept.requests) == kept.info.rows["requests"] > 10
    reasons = json.loads((run.folder / "report" / "report.json").read_text())["reasons"]
    for who in ("master", "watcher"):
        assert any(f"The {who} was stopped for " in reason["sentence"] for reason in reasons)


@pytest.fixture
def full_soon(tmp_path):
    """A disk of its own for the first run's folder, smaller than what it would write; what the system says when it is full,
    and how to start a command there. Where none can be mounted, files may not get as large."""
    folder = tmp_path / "run-0"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "stepload-test", folder], capture_output=True).returncode == 0:
        yield "No space left on device", {}
        subprocess.run(["umount", folder], check=True)
    else:
        yield "File too large", {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_full_disk(full_soon, service, stepload, command, tmp_path, workers):
    said, start = full_soon
    target = service("--content-delay", "0.05")
    run = stepload(target.url, "--set", "load.hold=60s", "--set", "load.clients=20", "--workers", workers, **start)
    assert run.wait() == 4, run.text()
    cause = f"the run folder can't be written: {said}"
    assert f"run failed: {cause}" in run.text()
    assert "Traceback" not in run.text(), run.text()
    kept = read_run(run.folder)
    assert len(kept.requests) > 100
    assert (kept.info.end_reason, kept.info.end_detail) == ("failed", cause)
    assert not any(worker.lost for worker in kept.info.workers), "they did nothing wrong"
    assert not any(file.name.startswith(".") for file in run.folder.iterdir())
    report = command("report", run.folder, "--out", tmp_path / "report")
    assert report.returncode == 0, report.stderr
    reasons = [reason["sentence"] for reason in json.loads((tmp_path / "report" / "report.json").read_text())["reasons"]]
    assert any(cause in reason for reason in reasons) and not any("was lost" in reason for reason in reasons), reasons


def test_a_disk_that_is_full_from_the_start(service, command, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "stepload-test", folder], capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        refused = command("run", "smoke", "--host", service().url, "--run-folder", folder)
        assert refused.returncode == 2, refused
        assert refused.stderr == f"stepload: {folder}: can't be written: No space left on device\n"
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_folder_that_holds_a_run_already(service, stepload, command):
    target = service("--content-delay", "0")
    run = stepload(target.url, "--set", "load.hold=1s")
    assert run.wait() == 0, run.text()
    before = {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()}
    assert before
    again = command("run", "smoke", "--host", target.url, "--run-folder", run.folder)
    assert again.returncode == 2
    assert "already holds a run" in again.stderr
    assert again.stdout == ""
    assert {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()} == before


def test_a_folder_that_can_not_be_made(command, tmp_path):
    (tmp_path / "file").write_text("kept")
    for folder in (tmp_path / "file", tmp_path / "file" / "run"):
        refused = command("run", "smoke", "--host", "http://127.0.0.1:1", "--run-folder", folder)
        assert refused.returncode == 2
        assert refused.stderr.startswith(f"stepload: {folder}: can't be written: ")
        assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_before_the_run_has_begun(stepload, until, workers):
    run = stepload("http://127.0.0.1:1", "--workers", workers)
    until(lambda: any("--run-folder" in process.cmdline() for process in run.family()))
    time.sleep(0.3)
    run.signal(signal.SIGINT)
    assert run.wait() == 130, run.text()
    assert "Traceback" not in run.text()
    assert not run.folder.exists()


def test_not_a_run_folder(tmp_path: Path):
    with pytest.raises(UserError, match=r"not a run folder: it has no run\.json"):
        read_run(tmp_path)
