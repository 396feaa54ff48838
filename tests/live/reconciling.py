"""A run folder held against itself, and against what the service saw."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.serving import Service


def rows(file: Path) -> list[dict[str, str]]:
    return list(each_row(file))


def each_row(file: Path) -> Iterator[dict[str, str]]:
    with file.open(newline="") as lines:
        yield from csv.DictReader(lines)


def recorded(folder: Path) -> tuple[dict[str, int], int]:
    """Assert that every row that a worker sent was written, and that each submit has one job; returns the number of
    jobs by outcome, and of requests. Of a long run, no more than the names of its jobs are kept."""
    requests, submitted = 0, []
    for row in each_row(folder / "requests.csv"):
        requests += 1
        if row["endpoint"] == "submit":
            submitted.append(row["job"])
    jobs = [(row["job"], row["outcome"]) for row in each_row(folder / "jobs.csv")]
    assert sorted(submitted) == sorted(job for job, _ in jobs), "each submit has one job row"
    info = json.loads((folder / "run.json").read_text())
    for worker in info["workers"]:
        assert worker["requests_sent"] == worker["requests_received"]
        assert worker["jobs_sent"] == worker["jobs_received"]
        assert worker["rows_dropped"] == 0
    assert sum(worker["requests_received"] for worker in info["workers"]) == requests == info["rows"]["requests"]
    return dict(Counter(outcome for _, outcome in jobs)), requests


def reconcile(folder: Path, service: Service) -> dict[str, int]:
    """Assert that the folder and the service agree; returns the number of jobs by outcome."""
    outcomes, sent = recorded(folder)
    requests, jobs = rows(folder / "requests.csv"), rows(folder / "jobs.csv")
    enqueued = {row["id"] for row in service.truth() if row["event"] == "enqueue"}
    accepted = {job["id"] for job in jobs if job["accepted"]}
    assert accepted <= enqueued
    unanswered = [row for row in requests if row["endpoint"] == "submit" and not row["code"]]
    assert len(enqueued - accepted) <= len(unanswered)
    counts = service.client.get("/counts").json()
    replied = sum(1 for row in requests if row["code"])
    assert replied <= counts["total"] <= sent
    return outcomes


def queue_empty(truth: list[dict[str, str]], epoch: float, since: float) -> float:
    """When no task waited any more for the first time after `since`, by the service's own log; seconds since the epoch."""
    waiting: set[str] = set()
    for row in truth:
        (waiting.add if row["event"] == "enqueue" else waiting.discard)(row["id"])
        if not waiting and (t := float(row["wall"]) - epoch) > since:
            return t
    raise AssertionError(f"tasks waited to the end: {len(waiting)}")
