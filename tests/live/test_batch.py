"""Batches end with their last job, and tenants are told apart: checked against the service's own log."""

import json
from collections import Counter
from pathlib import Path

import pytest

from report.analysis.run import analyse
from report.recording.run import read_run
from tests.live.conftest import BUSY
from tests.live.reconciling import reconcile, rows

SIZES = {"a": 100, "b": 750, "c": 50, "d": 10}
TYPES = {"a": "sleep", "b": "factorial", "c": "http-fetch", "d": "http-fetch"}
"""Which type of task each tenant submits: all that the service's log tells of a payload."""
CLOCKS = 0.005
"""Seconds by which the wall clock may differ from the run's own."""
QUICK = ("--set", "clients.poll_every=2s", "--set", "api.timeout=10m", "--set", "load.drain=30m", *BUSY)
"""Few polls and no timeout, so that a busy machine makes it slower, and nothing else."""
KIND = """
[[job]]
kind = "any"
json = { type = "{{ types[tenant] }}", args = "{{ {'n': 20} if tenant == 'b' else {} if tenant in 'cd' else {'seconds': 0.02} }}" }
[values]
types = "{{ {'a': 'sleep', 'b': 'factorial', 'c': 'http-fetch', 'd': 'http-fetch'} }}"
"""


def events(folder: Path) -> dict[str, dict]:
    lines = (folder / "events.jsonl").read_text().splitlines()
    return {event["event"]: event for event in map(json.loads, lines)}


def test_a_thousand_jobs_from_two_workers(service, stepload):
    target = service("--workers", "8", "--content-delay", "0.02", "--queue-limit", "1000")
    run = stepload(target.url, "--workers", 2, "--set", "job.1.weight=1", "--set", "job.2.weight=4", profile="batch", quick=QUICK)
    assert run.wait() == 0, run.text()
    assert reconcile(run.folder, target) == {"succeeded": 1000}
    jobs = rows(run.folder / "jobs.csv")
    assert Counter(job["worker"] for job in jobs) == {"1": 500, "2": 500}
    assert Counter(job["kind"] for job in jobs) == {"http-fetch": 200, "factorial": 800}
    assert_ends_with_its_last_job(run.folder, jobs)
    read = read_run(run.folder)
    begins = read.info.epoch + min(float(job["sent"]) for job in jobs)
    ends = max(float(row["wall"]) for row in target.truth() if row["event"] == "end")
    analysis = analyse(read)
    batch, off = analysis.batch, CLOCKS + analysis.completion.offset.error
    assert (batch.accepted, batch.completed, batch.unfinished) == (1000, 1000, 0)
    assert batch.makespan.least - off <= ends - begins <= batch.makespan.most + off


def assert_ends_with_its_last_job(folder: Path, jobs: list[dict[str, str]]) -> None:
    """Within a second or two on a quiet machine, where its drain would go on for half an hour."""
    last = max(float(job["ended"]) for job in jobs)
    assert 0 <= events(folder)["hold_end"]["t"] - last < 600


@pytest.fixture
def tenants_profile(tmp_path):
    head, _, rest = (Path(__file__).parents[2] / "profiles" / "batch.toml").read_text().partition("[values]")
    tail = rest[rest.index("[clients]") :].replace("jobs = 1000\n", "").replace("makespan(job) < 10m", "max(job{tenant=d}) < 30m")
    tables = "".join(f'[[tenant]]\nname = "{name}"\njobs = {jobs}\n' for name, jobs in SIZES.items())
    file = tmp_path / "tenants.toml"
    file.write_text(head + KIND + tables + tail)
    return file


def test_tenants(service, stepload, tenants_profile):
    target = service("--workers", "8", "--content-delay", "0.05", "--queue-limit", "1000")
    run = stepload(target.url, profile=tenants_profile, quick=QUICK)
    assert run.wait() == 0, run.text()
    reconcile(run.folder, target)
    jobs = rows(run.folder / "jobs.csv")
    assert Counter(job["tenant"] for job in jobs) == SIZES
    assert_ends_with_its_last_job(run.folder, jobs)
    truth = {(row["id"], row["event"]): row for row in target.truth()}
    assert all(truth[job["id"], "enqueue"]["type"] == TYPES[job["tenant"]] for job in jobs), "payloads see their tenant"
    requests = rows(run.folder / "requests.csv")
    tenant_of = {job["job"]: job["tenant"] for job in jobs}
    assert all(tenant_of[row["job"]] == row["tenant"] for row in requests)
    read = read_run(run.folder)
    analysis = analyse(read)
    off = CLOCKS + analysis.completion.offset.error
    assert [limit.judgement for limit in analysis.limits] == ["pass"]
    for result in analysis.tenants.each:
        due = {job["id"]: read.info.epoch + float(job["due"]) for job in jobs if job["tenant"] == result.name}
        own = list(due)
        waited = [float(truth[i, "start"]["wall"]) - float(truth[i, "enqueue"]["wall"]) for i in own]
        queue = next(described for described in result.times if described.name == "queue")
        assert (result.jobs, result.outcomes["succeeded"], queue.count) == (SIZES[result.name],) * 3
        assert queue.mean == pytest.approx(sum(waited) / len(waited), abs=0.002)
        assert queue.max == pytest.approx(max(waited), abs=0.002)
        longest = max(float(truth[i, "end"]["wall"]) - due[i] for i in own)
        assert result.longest.least - off <= longest <= result.longest.most + off
    assert analysis.tenants.index is None, "the tenants demand differently"
