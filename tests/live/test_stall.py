"""A service that freezes for a while: the response time from due says so, the service's own time doesn't, the step names it."""

import json
import signal
import time

import numpy as np
import pytest

from report.analysis.holds import cut_holds
from report.recording.run import read_run
from report.stats.stalls import find_stalls
from report.text import moment, span

CLOCKS = 0.005
"""Seconds by which the wall clock may differ from the run's own."""


@pytest.mark.parametrize(("freeze", "hold"), [(3, 20), pytest.param(10, 120, marks=pytest.mark.soak)])
def test_a_stall_is_in_the_times_from_due_and_named(service, stepload, freeze, hold):
    target = service("--workers", "50", "--queue-limit", "5000")
    load = ("--set", "load.clients=12", "--set", f"load.hold={hold}s", "--set", "api.timeout=60s", "--set", "load.drain=10m")
    run = stepload(target.url, "--only", "factorial", *load)
    run.until_recorded(40)
    begins, ends = frozen(target.process, freeze)
    assert run.wait() in (0, 3), run.text()
    report = json.loads((run.folder / "report" / "report.json").read_text())
    recorded = read_run(run.folder)
    begins, ends = begins - recorded.info.epoch, ends - recorded.info.epoch
    (step,) = cut_holds(recorded)
    submits = step.requests[step.requests["endpoint"] == "submit"]
    due, replied = (submits["due"].to_numpy(), (submits["sent"] + submits["seconds"]).to_numpy())
    into_it = (due > begins) & (due < ends)
    assert into_it.any() and (replied[into_it] > ends - CLOCKS).all(), "who came into the stall waited for its end"
    response = row_of(report, "Submits: ", "response time")
    service_time = row_of(report, "Submits: ", "service time")
    assert response["p95"] == pytest.approx(np.quantile(replied - due, 0.95), rel=1e-3)
    assert service_time["p50"] < freeze / 2 < response["p95"], "the stall is in few of the times, and in the tail alone"
    assert held_up_by_the_service(run.folder) < freeze / 2
    stall = max(silences(step), key=lambda silence: silence.seconds)
    assert stall.start < (begins + ends) / 2 < stall.end
    why = next(table for table in tables(report) if table["title"] == "Why each verdict")["rows"][0][-1]["text"]
    assert f"no request was answered for {span(stall.seconds)} from {moment(stall.start)} on" in why


def frozen(process, freeze) -> tuple[float, float]:
    """Freezes a process; returns from when to when it surely stood still, in seconds since the epoch."""
    process.send_signal(signal.SIGSTOP)
    begins = time.time()
    time.sleep(freeze)
    ends = time.time()
    process.send_signal(signal.SIGCONT)
    return begins, ends


def silences(hold):
    """The stretches in which nothing came back."""
    requests = hold.requests
    return find_stalls(requests["due"].to_numpy(), (requests["sent"] + requests["seconds"]).to_numpy(), hold.start, hold.end)


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
