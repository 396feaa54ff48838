"""A service that freezes for a while: the response time from due says so, the service's own time doesn't, the step names it."""

import json

import numpy as np
import pytest

from report.analysis.holds import cut_holds
from report.recording.run import read_run


@pytest.mark.parametrize(("freeze", "hold", "clients"), [(3, 16, 70), pytest.param(10, 120, 40, marks=pytest.mark.soak)])
def test_a_stall_is_in_the_times_from_due_and_named(service, stepload, freeze, hold, clients):
    target = service("--workers", "50", "--stall-at", 12, "--stall-for", freeze, "--stall-http")
    load = ("--set", f"load.clients={clients}", "--set", f"load.hold={hold}s", "--set", "api.timeout=60s")
    run = stepload(target.url, "--only", "factorial", *load)
    assert run.wait(hold + 60) in (0, 3), run.text()
    report = json.loads((run.folder / "report" / "report.json").read_text())
    implied = implied_p99(read_run(run.folder), target.truth(), freeze)
    response = row_of(report, "Submits: ", "response time")
    service_time = row_of(report, "Submits: ", "service time")
    assert response["p99"] == pytest.approx(implied, rel=0.05)
    assert service_time["p50"] < 0.5 < response["p99"], "the stall is in few of the times, and in the tail alone"
    assert held_up_by_the_service(run.folder) < 0.5
    why = next(table for table in tables(report) if table["title"] == "Why each verdict")["rows"][0][-1]["text"]
    assert f"no request was answered for {freeze}" in why.replace("2.9", "3").replace("9.9", "10")


def implied_p99(run, truth, freeze) -> float:
    """p99 of what each submit had to wait for the stall's end, which is when the service took submits again."""
    taken = np.sort([float(row["wall"]) - run.info.epoch for row in truth if row["event"] == "enqueue"])
    over = taken[1:][np.argmax(np.diff(taken))]
    (hold,) = cut_holds(run)
    due = hold.requests.loc[hold.requests["endpoint"] == "submit", "due"].to_numpy()
    return float(np.quantile(np.where((due > over - freeze) & (due < over), over - due, 0.0), 0.99))


def held_up_by_the_service(folder) -> float:
    """The median processing time by the service's own timestamps, in seconds."""
    jobs = read_run(folder).jobs
    return float(np.nanmedian(jobs["finished"] - jobs["started"]))


def tables(report):
    return [block for section in report["sections"] for block in section["blocks"] if block["kind"] == "table"]


def row_of(report, title, name):
    """The numbers of one row, by the names of their columns."""
    table = next(table for table in tables(report) if table["title"].startswith(title))
    row = next(row for row in table["rows"] if row[0]["text"] == name)
    return {column["title"]: cell["value"] for column, cell in zip(table["columns"], row, strict=True)}
