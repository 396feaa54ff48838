"""The one estimate of how long jobs took, against simulated services whose truth is known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from profiles import load_profile
from report.analysis.holds import cut_holds
from report.analysis.limits import judge_limits
from report.analysis.run import Analysis, analyse
from report.findings.latency import clock_of, known_by
from report.recording.run import read_run
from report.validity.assessment import assess
from tests.report.conftest import STEPS
from tests.simulate import EPOCH, Service, simulate

THREE = dict.fromkeys(("http-fetch", "factorial"), 3.0)
CALM = ["load.hold=60s", *STEPS, "load.until=25"]
LIMITS = "limit=[{that='p95(job) < 3.1s'}, {that='max(job) < 3.5s'}, {that='p50(job{kind=factorial}) < 9s'}]"


def analysed(folder: Path, service: Service, *more: str) -> Analysis:
    return analyse(read_run(simulate(folder, [*CALM, *more], service)))


def told(analysis: Analysis, p: float) -> float:
    assert analysis.latency is not None
    value = analysis.latency.jobs[0].percentiles[p]
    assert value is not None
    return value


@pytest.mark.parametrize("longest", [2.0, 30.0])
def test_held_polls_tell_the_end_at_their_reply(tmp_path: Path, longest: float) -> None:
    """Jobs of exactly 3 s: the middle between the polls would read about half of that."""
    analysis = analysed(tmp_path, Service(servers=60, seconds=THREE, tells_times=False, holds_polls=longest), LIMITS)
    assert told(analysis, 0.5) == pytest.approx(3.0, abs=0.02 if longest > 3 else 0.5)
    assert {limit.text: limit.judgement for limit in analysis.limits} == {
        "p95(job) < 3.1s": "warn" if longest > 3 else "fail", "max(job) < 3.5s": "pass" if longest > 3 else "undecided", "p50(job{kind=factorial}) < 9s": "pass",
    }  # fmt: skip
    assert analysis.completion.held == (1.0 if longest > 3 else 0.0), "held for 2 s, no poll lasts until the end of a job"
    assert clock_of(analysis.completion) == "told by polls held open"
    assert "The service held polls open until jobs had ended" in known_by(analysis.completion)


def test_slow_polls_leave_the_ends_of_jobs_wide_open(tmp_path: Path) -> None:
    """Each poll takes 3 s, where one is meant to be sent each second: half of the jobs of 5 s are known no better than that."""
    service = Service(servers=80, seconds=dict.fromkeys(THREE, 5.0), tells_times=False, slow_polls=3.0)
    analysis = analysed(tmp_path, service)
    completion, jobs = analysis.completion, analysis.holds[0].jobs
    assert completion.held is None and completion.slow and completion.between_polls > 3
    least, most = completion.between(jobs)
    assert np.mean((least <= 5.01) & (most >= 5.0)) == 1
    assert "Polls were slow" in known_by(completion)
    assert told(analysis, 0.5) == pytest.approx(5.0, abs=completion.between_polls / 2)


def test_a_commit_that_comes_later_than_the_end(tmp_path: Path) -> None:
    """A twentieth of all polls see a job open that ended by its timestamp up to 0.1 s ago."""
    service = Service(servers=20, seconds=dict.fromkeys(THREE, 0.6), commits_after=0.1)
    folder = simulate(tmp_path, CALM, service)
    completion = analyse(read_run(folder)).completion
    assert completion.way == "timestamps" and completion.offset is not None
    assert completion.offset.lag == pytest.approx(0.1, abs=0.02) and completion.offset.fits >= 0.99
    assert "polls could see a job done up to" in known_by(completion)
    rows = pd.read_csv(folder / "jobs.csv")
    truth = rows["finished"] - EPOCH - rows["due"]
    assert np.nanmax(np.abs(np.sort(completion.times(read_run(folder).jobs)) - np.sort(truth))) < 0.01


def test_a_lag_that_is_too_long_is_not_believed(tmp_path: Path) -> None:
    completion = analysed(tmp_path, Service(servers=20, seconds=dict.fromkeys(THREE, 0.6), commits_after=0.9)).completion
    assert completion.way != "timestamps" and completion.offset is not None and not completion.offset.valid


def test_a_prompt_service_has_no_lag(breaks: Analysis) -> None:
    assert breaks.completion.offset is not None and breaks.completion.offset.lag == 0


@pytest.mark.parametrize("seconds", [0.2, 2.0])
def test_every_part_of_a_report_has_the_same_times(tmp_path: Path, seconds: float) -> None:
    """Table, limit, tenants and recovery, by the likelihood of short jobs and the middle between the polls of longer ones."""
    service = Service(servers=60, seconds={"http-fetch": seconds, "factorial": seconds / 2}, tells_times=False)
    limits = ("p50(job)", "p90(job)", "p90(job{kind=http-fetch})", "mean(job)")
    asked = f"limit=[{', '.join(f'{{that={chr(39)}{limit} < 99s{chr(39)}}}' for limit in limits)}]"
    run = read_run(simulate(tmp_path, [*CALM, "load.hold=120s", asked], service))
    analysis = assess(run)
    assert analysis.latency is not None
    rows = {row.name: row for row in analysis.latency.jobs}
    judged = [limit.measured for limit in judge_limits(run.profile, cut_holds(run), analysis.completion)]
    expected = [rows["all jobs"].percentiles[0.5], rows["all jobs"].percentiles[0.9], rows["http-fetch"].percentiles[0.9]]
    assert judged == pytest.approx([*expected, rows["all jobs"].mean], rel=0.01)
    jobs = analysis.holds[0].jobs
    truth = np.where(jobs["kind"] == "http-fetch", seconds, seconds / 2)
    assert rows["all jobs"].mean == pytest.approx(truth.mean(), abs=0.06)
    assert rows["all jobs"].max >= rows["all jobs"].percentiles[0.95]  # type: ignore[operator]
    assert load_profile("stepping")[0].clients.poll_every == analysis.completion.between_polls
