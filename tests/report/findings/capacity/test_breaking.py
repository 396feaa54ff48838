"""The three loads in words: optimal, the most within the profile's limits, the breaking point."""

from dataclasses import replace
from pathlib import Path

import pytest

from profiles.stops import Limit
from report.analysis.operating_points import COMFORTABLE
from report.analysis.run import Analysis, analyse
from report.compose import compose
from report.document.finding import Finding
from report.document.report import LoadFigure
from report.findings.capacity.breaking import limits as limits_of
from report.findings.capacity.optimal import optimal as optimal_of
from report.recording.run import Run, read_run
from tests.report.conftest import STEPS
from tests.simulate import Service, simulate


def limited(folder: Path, *limits: str) -> tuple[Run, Analysis]:
    """A run, read as if its profile had these limits."""
    run = read_run(folder)
    run = replace(run, profile=run.profile.model_copy(update={"limit": tuple(Limit(that=text) for text in limits)}))
    return run, analyse(run)


def said(folder: Path, *limits: str) -> tuple[Finding, Finding]:
    _, analysis = limited(folder, *limits)
    return next(optimal_of(analysis)), next(limits_of(analysis))


def figures(folder: Path, *limits: str) -> dict[str, LoadFigure]:
    return {figure.name: figure for figure in compose(limited(folder, *limits)[0]).loads}


def test_a_limit_that_only_the_broken_step_missed(breaks_folder: Path, breaks: Analysis) -> None:
    optimal, limits = said(breaks_folder, "p95(job) < 2s", "completed_rate > 7/s", "p99.99(status) < 1s")
    carried = breaks.capacity.carried
    assert carried is not None
    assert "with 50 clients (step 2); step 3 (75 clients) missed p95(job) < 2s." in limits.sentence
    assert "Left out, for too few samples in a step: p99.99(status) < 1s." in limits.sentence
    assert limits.numbers["within_limits_clients"] == 50 and limits.numbers["beyond_limits_clients"] == 75
    low, high = limits.intervals["within_limits_jobs_per_s"]
    assert (low, high) == (carried.throughput.low, carried.throughput.high)
    assert optimal.numbers["jobs_per_s"] == pytest.approx(COMFORTABLE * carried.completed)
    assert "No step up to it is known to meet every limit." in optimal.sentence, "step 1 completes fewer than 7/s"


def test_a_limit_that_a_sustained_step_missed_bounds_the_optimal_load(breaks_folder: Path) -> None:
    optimal, limits = said(breaks_folder, "mean(queue) < 30ms")
    assert "step 2 (50 clients) missed mean(queue) < 30ms" in limits.sentence
    assert "(step 1)" in limits.sentence
    assert "Every limit was met with 25 clients" in optimal.sentence, "70 % are less than the step that missed it"
    optimal, limits = said(breaks_folder, "mean(queue) < 1ms")
    assert optimal.sentence == "None was found: 25 clients already missed mean(queue) < 1ms." and optimal.level == "bad"
    assert "not known, no sustained step met all of them; step 1 (25 clients) missed" in limits.sentence


def test_a_least_rate_that_no_step_reached_is_named_and_not_blamed_on_more_load(breaks_folder: Path) -> None:
    optimal, limits = said(breaks_folder, "mean(queue) < 1ms", "completed_rate > 100/s")
    assert optimal.sentence == (
        "None was found: no sustained step met completed_rate > 100/s, and 25 clients missed mean(queue) < 1ms."
    )
    assert "no sustained step met completed_rate > 100/s; step 1 (25 clients) missed mean(queue) < 1ms." in limits.sentence


def test_what_is_refused_in_words(breaks_folder: Path) -> None:
    assert "the profile sets none" in said(breaks_folder)[1].sentence
    assert "no single step carries them" in said(breaks_folder, "p99.99(status) < 1s")[1].sentence


def test_without_a_step_that_failed_the_capacity_is_at_least_the_highest(tmp_path: Path) -> None:
    folder = simulate(tmp_path, ["load.hold=60s", *STEPS, "load.until=50"], Service(servers=20))
    optimal, limits = said(folder, "p95(job) < 2s")
    assert "Within the limits: at least " in limits.sentence
    assert (limits.numbers["within_limits_clients"], limits.numbers["beyond_limits_clients"]) == (50, None)
    assert optimal.sentence.startswith("Any load up to")


def test_the_report_as_data_names_the_bounds_and_the_rule(breaks_folder: Path) -> None:
    found = figures(breaks_folder, "p95(job) < 2s")
    assert list(found) == ["optimal", "within limits", "maximum", "breaking point"]
    within, breaking = found["within limits"], found["breaking point"]
    assert (within.lower, within.upper, within.because) == (2, 3, ("p95(job) < 2s",))
    assert (breaking.lower, breaking.upper, breaking.because) == (2, 3, ("rule backlog",))
    assert within.value is not None and within.low is not None and within.high is not None
    assert within.low < within.value < within.high


def test_loads_that_seek_no_limits_have_none(tmp_path: Path) -> None:
    run = read_run(simulate(tmp_path, ["load.hold=20s"], Service(), profile="spike"))
    assert compose(run).loads == ()
    assert "Within the limits" not in compose(run).answers[3].sentence
