"""A run folder held against what the service itself saw."""

import csv
import json
from pathlib import Path

from tests.serving import Service


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def reconcile(folder: Path, service: Service) -> dict[str, int]:
    """Assert that the folder and the service agree; returns the number of jobs by outcome."""
    requests, jobs = rows(folder / "requests.csv"), rows(folder / "jobs.csv")
    info = json.loads((folder / "run.json").read_text())
    submits = [row for row in requests if row["endpoint"] == "submit"]
    assert sorted(row["job"] for row in submits) == sorted(job["job"] for job in jobs), "each submit has one job row"
    enqueued = {row["id"] for row in service.truth() if row["event"] == "enqueue"}
    accepted = {job["id"] for job in jobs if job["accepted"]}
    assert accepted <= enqueued
    unanswered = [row for row in submits if not row["code"]]
    assert len(enqueued - accepted) <= len(unanswered)
    counts = service.client.get("/counts").json()
    replied = sum(1 for row in requests if row["code"])
    assert replied <= counts["total"] <= len(requests)
    for worker in info["workers"]:
        assert worker["requests_sent"] == worker["requests_received"]
        assert worker["jobs_sent"] == worker["jobs_received"]
        assert worker["rows_dropped"] == 0
    assert sum(worker["requests_received"] for worker in info["workers"]) == len(requests) == info["rows"]["requests"]
    outcomes: dict[str, int] = {}
    for job in jobs:
        outcomes[job["outcome"]] = outcomes.get(job["outcome"], 0) + 1
    return outcomes
