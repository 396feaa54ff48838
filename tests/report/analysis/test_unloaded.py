"""The unloaded service in the report: what it took, that it is no step, and whether it had nothing else to do."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from report.analysis.holds import column
from report.analysis.steps.capacity import capacity_of
from report.analysis.unloaded import baseline_of
from report.charts.overview import overview
from report.findings.latency import latency
from report.findings.unloaded import unloaded_table
from report.recording.run import read_run
from report.stats.unloaded import unloaded
from report.validity.assessment import AssessedRun, assess
from report.validity.baseline import idle
from report.validity.check import Check
from tests.simulate import Service, simulate

CALM = ["load.start=25", "load.step=20", "load.until=45", "load.ramp=5s", "load.hold=60s", "load.drain=20s", "load.baseline=1m"]


@pytest.fixture(scope="session")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> AssessedRun:
    """A run with a baseline of a minute, before 25 and 45 clients."""
    return assess(read_run(simulate(tmp_path_factory.mktemp("baseline") / "run", CALM)))


def test_it_is_no_step(analysis: AssessedRun) -> None:
    assert [step.number for step in analysis.steps] == [1, 2]
    assert [hold.step.number for hold in analysis.holds] == [1, 2]
    assert {health.step for health in analysis.health} | {used.step for used in analysis.usage} == {1, 2}
    assert sum(analysis.mix.kinds.values()) == sum(len(hold.jobs) for hold in analysis.holds)


def test_its_medians_are_those_of_its_rows(analysis: AssessedRun) -> None:
    baseline = analysis.baseline
    assert baseline is not None and baseline.job.level is not None and baseline.against is analysis.capacity.carried
    jobs = baseline.hold.jobs
    assert baseline.job.n == len(jobs) >= 40
    true = float(np.median(column(jobs, "finished") - column(jobs, "due") - analysis.run.info.epoch))
    assert baseline.job.level.median == pytest.approx(true, rel=0.1)
    assert baseline.job.level.low <= baseline.job.level.median <= baseline.job.level.high
    status = next(alone for alone in baseline.requests if alone.name == "status")
    rows = baseline.hold.requests
    assert status.level is not None
    assert status.level.median == np.median(column(rows[rows["endpoint"] == "status"], "seconds"))


def test_how_many_times_as_long_has_an_interval(analysis: AssessedRun) -> None:
    """Here against the first step, half as busy."""
    first = capacity_of(analysis.steps[:1])
    baseline = baseline_of(analysis.run, analysis.holds, analysis.steps, first, analysis.completion)
    assert baseline is not None and baseline.job.level is not None and baseline.job.sure is not None
    finding = next(latency(replace(analysis, baseline=baseline)))
    low, high = finding.intervals["job_factor"]
    assert low == baseline.job.sure.low / baseline.job.level.high and high == baseline.job.sure.high / baseline.job.level.low
    assert low is not None and high is not None and low <= baseline.job.factor <= high
    assert "times as long as unloaded ones." in finding.evidence


def test_what_is_said_of_it(analysis: AssessedRun) -> None:
    assert analysis.baseline is not None and analysis.baseline.job.level is not None
    finding = next(latency(analysis))
    assert "Unloaded, one job at a time, a job took " in finding.sentence
    assert f"(median of {analysis.baseline.job.n}) and a status request " in finding.sentence
    assert "in step 2, the last sustained, a job took " in finding.sentence
    assert finding.numbers["unloaded_job"] == analysis.baseline.job.level.median
    assert finding.numbers["job_factor"] == analysis.baseline.job.factor
    assert "job_factor" not in finding.intervals, "so near the capacity, too few of the jobs under load are independent"
    rows = unloaded_table(analysis.baseline).rows
    assert [row[0].text for row in rows] == ["job", "submit", "status", "result"]
    chart = overview(analysis)
    assert chart is not None and [band.text for band in chart.bands] == ["1", "25", "45"]
    assert chart.bands[0].level == "note"


@pytest.fixture
def checked(analysis: AssessedRun) -> Callable[..., Check]:
    """The check of this baseline with some of it replaced."""

    def check(**changes: object) -> Check:
        assert analysis.baseline is not None
        baseline = replace(analysis.baseline, **{"busy": 0.1, "queue": 0.01, **changes})  # type: ignore[arg-type]
        (found,) = idle(replace(analysis, baseline=baseline))
        return found

    return check


def test_a_service_that_is_not_idle_is_noticed(checked: Callable[..., Check]) -> None:
    assert checked().level == "ok"
    waited = checked(queue=1.5, processing=0.6)
    assert waited.level == "qualified" and "waited for more than 1.50 s" in waited.sentence and waited.remedy
    assert checked(queue=0.2, processing=0.1).level == "ok", "workers that look for work now and then"
    assert "was 1.80 per core before the first job" in checked(busy=1.8).sentence
    assert "those of the first step" in checked(first=0.01).sentence


def test_too_few_jobs_are_said_to_be_too_few(analysis: AssessedRun, checked: Callable[..., Check]) -> None:
    assert analysis.baseline is not None
    few = checked(job=replace(analysis.baseline.job, n=12, level=None))
    assert (few.level, "saw 12 jobs to the end, where 20 are the least" in few.sentence) == ("note", True)
    assert "about 2 min" in few.remedy


def test_polls_that_blur_short_jobs_are_said_to(tmp_path: Path) -> None:
    """Jobs of 80 ms, polled every second, of a service without timestamps: no number is made up of that."""
    service = Service(seconds={"http-fetch": 0.08, "factorial": 0.08}, tells_times=False)
    analysis = assess(read_run(simulate(tmp_path, [*CALM, "api.times={}"], service)))
    assert analysis.baseline is not None
    job = analysis.baseline.job
    assert job.level is not None and job.level.low <= 0.08 <= job.level.high < 1.1 and np.isnan(job.factor)
    checks = {check.name: check for check in analysis.checks}
    assert checks["Baseline"].level == "ok", "seen late is not slow"
    polling = checks["Polling"]
    assert polling.level == "note" and "shorter than the 1.00 s between two polls" in polling.sentence
    assert polling.numbers["limit_s"] == max(3 * job.level.high, job.level.high + 1)
    finding = next(latency(analysis))
    assert ", which is all that polls tell" in finding.sentence and "times as long" not in finding.sentence


def test_timestamps_blur_nothing(tmp_path: Path) -> None:
    service = Service(seconds={"http-fetch": 0.08, "factorial": 0.08})
    analysis = assess(read_run(simulate(tmp_path, CALM, service)))
    assert analysis.baseline is not None and analysis.baseline.job.level is not None
    assert analysis.baseline.job.level.median == pytest.approx(0.08, abs=0.01) and not analysis.baseline.job.blur
    assert "Polling" not in {check.name for check in analysis.checks}


def test_bounds_cover_the_median_as_often_as_they_say() -> None:
    rng, missed = np.random.default_rng(1), np.zeros(2)
    for n in (20, 33, 60):
        for _ in range(400):
            level = unloaded(rng.exponential(1.0, n))
            assert level is not None
            missed += (level.low > np.log(2), level.high < np.log(2))
    assert (missed <= 0.05 * 1200 + 3 * np.sqrt(0.05 * 1200)).all()
    assert unloaded(np.ones(19)) is None
