"""Percentiles and describe tables, computed again from the files by other means."""

import csv
import statistics
from pathlib import Path

import pytest

from report.analysis.holds import cut_holds
from report.analysis.job_times.response_times import completion_of
from report.analysis.latency import Distribution, latency_of
from report.analysis.run import Analysis, analyse
from report.recording.events import HoldStart
from report.recording.run import read_run
from tests.altering import crash
from tests.report.conftest import STEPS
from tests.simulate import EPOCH, Service, simulate


def quantile(values: list[float], p: float) -> float:
    """Type 7, as Hyndman and Fan write it."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * p
    low = int(place)
    return ordered[low] + (ordered[min(low + 1, len(ordered) - 1)] - ordered[low]) * (place - low)


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open() as file:
        return list(csv.DictReader(file))


def test_percentiles_of_requests(breaks_folder: Path, breaks: Analysis) -> None:
    holds = [step.hold for step in breaks.steady if step.hold]
    requests = [r for r in rows(breaks_folder, "requests.csv") if any(a <= float(r["sent"]) < b for a, b in holds)]
    assert breaks.latency is not None
    for told in breaks.latency.service:
        equal(told, [float(r["seconds"]) for r in requests if told.name in (r["endpoint"], "all requests")])


def equal(told: Distribution, values: list[float]) -> None:
    """Assert that a distribution is that of these values: its percentiles wherever ten of them lie above."""
    assert told.n == len(values) and told.max == max(values)
    assert told.mean == pytest.approx(statistics.fmean(values), rel=1e-9)
    for p, value in told.percentiles.items():
        enough = round(len(values) * (1 - p), 9) >= 10
        assert value == (pytest.approx(quantile(values, p), rel=1e-12) if enough else None)


def test_percentiles_of_jobs_by_timestamps_and_of_submits_from_due(breaks_folder: Path, breaks: Analysis) -> None:
    """The service's clock is the client's here, so the offset that was found is within its error of none."""
    holds, latency = [step.hold for step in breaks.steady if step.hold], breaks.latency
    assert latency is not None and latency.completion.way == "timestamps" and latency.completion.offset
    offset = latency.completion.offset.seconds
    assert abs(offset) <= latency.completion.offset.error < 0.01
    jobs = [j for j in rows(breaks_folder, "jobs.csv") if any(a <= float(j["due"]) < b for a, b in holds)]
    for told in latency.jobs:
        equal(
            told, [float(j["finished"]) - EPOCH + offset - float(j["due"]) for j in jobs if told.name in ("all jobs", j["kind"])]
        )
    submits = [
        r
        for r in rows(breaks_folder, "requests.csv")
        if r["endpoint"] == "submit" and any(a <= float(r["sent"]) < b for a, b in holds)
    ]
    equal(latency.response, [float(r["sent"]) + float(r["seconds"]) - float(r["due"]) for r in submits])
    equal(latency.lateness, [float(r["sent"]) - float(r["due"]) for r in submits])


def test_percentiles_of_jobs_by_their_polls(tmp_path: Path) -> None:
    """Jobs of 2 s, polled each second by a client that is told no times: the middle between two polls."""
    service = Service(servers=60, seconds=dict.fromkeys(("http-fetch", "factorial"), 2.0), tells_times=False)
    folder = simulate(tmp_path, ["load.hold=60s", *STEPS, "load.until=25"], service)
    analysis = analyse(read_run(folder))
    (hold,) = (step.hold for step in analysis.steps)
    assert hold and analysis.latency and analysis.latency.completion.way == "middle"
    jobs = [j for j in rows(folder, "jobs.csv") if hold[0] <= float(j["due"]) < hold[1]]
    middles = [(float(j["done_after"]) + float(j["done_before"])) / 2 - float(j["due"]) for j in jobs]
    equal(analysis.latency.jobs[0], middles)
    assert analysis.latency.jobs[0].percentiles[0.95] == pytest.approx(2.5, abs=0.2)


def test_describe_tables(breaks_folder: Path, breaks: Analysis) -> None:
    holds = [step.hold for step in breaks.steady if step.hold]
    jobs = [j for j in rows(breaks_folder, "jobs.csv") if any(a <= float(j["due"]) < b for a, b in holds)]
    assert breaks.latency is not None
    for told in breaks.latency.server:
        first, last = {"queue": ("created", "started"), "processing": ("started", "finished"), "total": ("created", "finished")}[
            told.name
        ]
        values = [float(j[last]) - float(j[first]) for j in jobs if told.kind in ("all", j["kind"])]
        assert told.count == len(values)
        assert told.mean == pytest.approx(statistics.fmean(values), rel=1e-9)
        assert told.std == pytest.approx(statistics.stdev(values), rel=1e-6)
        quarters = tuple(quantile(values, p) for p in (0.25, 0.5, 0.75))
        assert (told.q25, told.q50, told.q75) == pytest.approx(quarters, rel=1e-12)
        assert (told.min, told.max) == (min(values), max(values))


def test_a_service_without_times(tmp_path: Path) -> None:
    folder = simulate(tmp_path, ["load.hold=20s", *STEPS, "load.until=25"], Service(tells_times=False))
    latency = analyse(read_run(folder)).latency
    assert latency is not None and latency.server == ()
    assert latency.jobs[0].n > 0


def test_response_time_counts_from_the_due_time(breaks: Analysis) -> None:
    assert breaks.latency is not None
    assert breaks.latency.response.mean > breaks.latency.service[0].mean


def test_a_hold_whose_jobs_were_all_cut_off(tmp_path: Path) -> None:
    """The run crashes just after its second step began: the few jobs of that have no end, those of the first do."""
    overrides = ["load.hold=60s", *STEPS, "load.start=50", "load.until=75"]
    folder = simulate(tmp_path, overrides, Service(servers=20), stops=False)
    second = [event.t for event in read_run(folder).events if isinstance(event, HoldStart)][1]
    crash(folder, second + 0.3)
    run = read_run(folder)
    holds = cut_holds(run)
    assert len(holds) == 2 and len(holds[1].jobs) > 0 and holds[1].jobs["done_before"].isna().all()
    latency = latency_of(holds, completion_of(run), False)
    assert (
        latency is not None
        and latency.unseen == 0
        and latency.cut_off == holds[0].jobs["done_before"].isna().sum() + len(holds[1].jobs)
    )
    assert latency.jobs[0].percentiles[0.5] and 0.5 in latency.jobs[0].intervals
