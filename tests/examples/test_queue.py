"""The queue example: what stepload tells is what its workers logged, for each engine; nothing is said of how fast."""

import csv
from pathlib import Path

import psutil
import pytest

from profiles.suites import load_suite
from tests.serving import ROOT

FOLDER = ROOT / "examples" / "queue"


def table(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the short suite, run with 60 tasks."""
    import subprocess
    import sys

    folder = tmp_path_factory.mktemp("queue")
    file = folder / "short.toml"
    text = (FOLDER / "short.toml").read_text().replace("jobs = 200", "jobs = 60")
    text = text.replace('profile = "queue.toml"', f'profile = "{FOLDER / "queue.toml"}"').replace(
        "[service]\n", f'[service]\nfolder = "{FOLDER}"\n'
    )
    file.write_text(text.replace("workers = [1, 4]", "workers = [1, 2]") + "\n")
    options = ["--suite-folder", str(folder / "suite"), "--no-pdf"]
    done = subprocess.run(
        [sys.executable, str(ROOT), "suite", str(file), *options], cwd=ROOT, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "suite"


def test_every_number_is_what_the_workers_logged(made: Path) -> None:
    rows = table(made / "report" / "runs.csv")
    assert [row["scenario"] for row in rows] == ["rq_1", "rq_2", "celery_1", "celery_2", "plain_1", "plain_2"]
    for row in rows:
        folder = made / row["folder"]
        logged, jobs = table(folder / "truth.csv"), table(folder / "jobs.csv")
        assert row["jobs"] == row["succeeded"] == "60" and len(logged) == 60
        assert {each["task"] for each in logged} == {job["id"] for job in jobs}
        started = {each["task"]: float(each["started"]) for each in logged}
        completed = {each["task"]: float(each["completed"]) for each in logged}
        created = {job["id"]: float(job["created"]) for job in jobs}
        last, first = max(completed.values()), min(created.values())
        reply = max(float(job["accepted"]) - float(job["sent"]) for job in jobs)
        assert 0.99 * (last - first) < float(row["total_s"]) < 1.01 * (last - first + reply)
        assert float(row["jobs_per_s"]) == pytest.approx(60 / float(row["total_s"]))
        assert float(row["queue_mean_s"]) == pytest.approx(sum(started[task] - created[task] for task in created) / 60, rel=0.01)
        assert 0 < float(row["queue_mean_s"]) < float(row["total_s"]), "no clock is hours away from another"
        processing = sum(completed[task] - started[task] for task in created) / 60
        assert float(row["processing_mean_s"]) == pytest.approx(processing, rel=0.01, abs=2e-6)


def test_workers_are_processes_and_all_of_them_work(made: Path) -> None:
    for row in table(made / "report" / "runs.csv"):
        workers = {each["worker"] for each in table(made / row["folder"] / "truth.csv")}
        assert len(workers) <= int(row["workers"])
        assert str(psutil.Process().pid) not in workers


def test_redis_holds_something_for_each_task(made: Path) -> None:
    samples = table(made / "runs" / "rq_1" / "1" / "samples.csv")
    held = [float(each["value"]) for each in samples if (each["source"], each["metric"]) == ("memory", "redis")]
    assert held and held[-1] > 60 * 50


def test_nothing_is_left(made: Path) -> None:
    def named(process: psutil.Process) -> bool:
        try:
            return any(str(made) in part for part in process.cmdline())
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            return False

    assert [each.pid for each in psutil.process_iter() if named(each)] == []


def test_the_whole_suite_has_the_targets() -> None:
    _, _, scenarios = load_suite(FOLDER / "suite.toml")
    assert len(scenarios) == 8
    assert ["limit" in " ".join(each.overrides) for each in scenarios] == [False] * 6 + [True] * 2
