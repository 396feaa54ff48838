"""Rows reconcile with what the service saw, however the run ends."""

import json
import signal

import pytest

from report.analysis.run import analyse
from report.recording.run import read_run
from tests.live.reconciling import reconcile, rows


@pytest.mark.parametrize("workers", [1, 4])
def test_a_whole_run(service, stepload, workers):
    target = service("--content-delay", "0.05")
    run = stepload(target.url, "--workers", workers, "--set", "load.hold=5s", pdf=workers == 1)
    assert run.wait() == 0, run.text()
    outcomes = reconcile(run.folder, target)
    assert set(outcomes) == {"succeeded"}
    assert outcomes["succeeded"] > 40
    assert json.loads((run.folder / "run.json").read_text())["end_reason"] == "finished"
    (written,) = (run.folder / "report").glob("report.pdf" if workers == 1 else "report.html")
    assert written.read_bytes().startswith(b"%PDF" if workers == 1 else b"<!")
    assert str(written) == run.text().splitlines()[-1]
    assert (workers == 1) == (run.folder / "report" / "report.pdf").exists()


@pytest.mark.parametrize(("number", "code", "workers"), [(signal.SIGTERM, 143, 2), (signal.SIGINT, 130, 1)])
def test_interrupted_mid_step(service, stepload, number, code, workers):
    target = service("--content-delay", "0.3", "--workers", "2")
    run = stepload(target.url, "--workers", workers, "--set", "load.hold=5m", "--set", "load.drain=2s")
    run.until_recorded(15)
    run.signal(number)
    assert run.wait() == code, run.text()
    outcomes = reconcile(run.folder, target)
    assert outcomes["succeeded"] >= 15
    info = json.loads((run.folder / "run.json").read_text())
    assert (info["end_reason"], info["end_detail"]) == ("interrupted", signal.Signals(number).name)


def test_a_second_signal_ends_at_once(service, stepload, until):
    target = service("--content-delay", "30", "--fetch-timeout", "60")
    run = stepload(
        target.url, "--workers", 2, "--set", "load.hold=5m", "--set", "load.drain=60s", "--set", "clients.max_in_flight=12"
    )
    run.until_recorded(150, "requests.csv")
    run.signal(signal.SIGTERM)
    until(lambda: "drain_start" in (run.folder / "events.jsonl").read_text())
    run.signal(signal.SIGTERM)
    assert run.wait() == 143, run.text()
    assert drain_of(run.folder) < 30, "of the 60 s that it had"
    assert reconcile(run.folder, target)["abandoned"] == 12
    held_back_by_each(run.folder)


def held_back_by_each(folder):
    """Each generator kept six jobs in flight; what else was due there is counted, in the run and in its step."""
    recorded = read_run(folder)
    workers = sorted(recorded.info.workers, key=lambda worker: worker.index)  # There, in the order in which they came.
    for worker, health in zip(workers, analyse(recorded).health, strict=True):
        assert worker.arrivals == 6 + worker.held_back and worker.index == health.worker
        assert 0 < health.held_back <= worker.held_back


def drain_of(folder) -> float:
    """How long the drain took, in seconds."""
    at = {event["event"]: event["t"] for event in map(json.loads, (folder / "events.jsonl").read_text().splitlines())}
    return at["drain_end"] - at["drain_start"]


def test_jobs_the_service_fails_and_loses(service, stepload):
    target = service("--content-delay", "0", "--fail", "0.2", "--lose", "0.2", "--queue-limit", "1000")
    run = stepload(target.url, "--set", "load.hold=6s", "--set", "stop.1.tolerate=1.0")
    assert run.wait() == 3, run.text()
    outcomes = reconcile(run.folder, target)
    truth = target.truth()
    assert outcomes["lost"] == sum(row["event"] == "lost" for row in truth)
    assert outcomes["failed"] == sum(row["event"] == "end" and row["outcome"] == "FAILED" for row in truth)
    causes = {job["error"] for job in rows(run.folder / "jobs.csv") if job["outcome"] == "failed"}
    assert causes
    assert "" not in causes


def test_rejected_when_the_queue_is_full(service, stepload):
    target = service("--content-delay", "1", "--workers", "1", "--queue-limit", "3")
    run = stepload(target.url, "--set", "load.hold=5s", "--set", "stop.1.tolerate=1.0", "--set", "load.drain=6s")
    run.wait()
    outcomes = reconcile(run.folder, target)
    assert outcomes["rejected"] == target.client.get("/counts").json()["by_code"]["submit"]["503"]


@pytest.mark.parametrize("mode", ["paced", "think"])
def test_clients_that_wait_for_their_job(service, stepload, mode):
    target = service("--content-delay", "0.4", "--workers", "20")
    run = stepload(target.url, "--set", f"clients.mode={mode}", "--set", "load.hold=6s", "--set", "clients.submit_every=200ms")
    assert run.wait() == 0, run.text()
    reconcile(run.folder, target)
    jobs = sorted((float(job["sent"]), 1) for job in rows(run.folder / "jobs.csv"))
    ends = sorted((float(job["ended"]), -1) for job in rows(run.folder / "jobs.csv"))
    in_flight = highest = 0
    for _, change in sorted(jobs + ends):
        in_flight += change
        highest = max(highest, in_flight)
    assert highest <= 10, "ten clients, one job at a time each"
