"""Every finding of every kind of run has its numbers, their intervals, the rows and the window it was seen in, and its figure."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from report.compose import compose
from report.document import Finding, Findings, Report
from report.render import render_html, render_markdown
from report.runfolder import read_run
from tests.report.kinds import KINDS, carried, few

INTERVALS = {
    "Steady throughput": {"jobs_per_s"},
    "Latency distribution": {"p50"},
    "Best operating conditions": {"jobs_per_s"},
    "Limits": {"completed", "failed", "within_limits_jobs_per_s"},
    "Capacity": {"jobs_per_s"},
    "Bottleneck": {"queue_to_before", "processing_to_before", "failed"},
    "Tenants": {"max_over_median_p95", "jain"},
    "Lost jobs": {"share"},
    "Jobs given up": {"share"},
    "Uncertain jobs": {"share"},
    "Leaks": {"per_hour", "seconds_left"},
    "Recovery": {"median_to_before"},
}
"""Estimates that have an interval wherever they are told of 100 jobs or more."""
ENOUGH = 100


@pytest.fixture(params=KINDS, ids=lambda make: make.__name__, scope="module")
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    make: Callable[[Path], Path] = request.param
    return compose(read_run(make(tmp_path_factory.mktemp("kinds") / make.__name__)))


def everything(report: Report) -> Iterator[Finding]:
    yield from (*report.reasons, *report.answers, *report.findings)
    for section in report.sections:
        for block in section.blocks:
            if isinstance(block, Findings):
                yield from block.findings


def test_every_finding_names_what_shows_it(report: Report) -> None:
    numbers = {chart.name: chart.number for chart in report.charts}
    assert list(numbers.values()) == list(range(1, len(numbers) + 1))
    for found in everything(report):
        assert found.source.window is not None, found
        assert all(numbers[shown.name] == shown.number for shown in found.source.figures), found
    for found in (*report.answers, *report.findings):
        assert found.source.figures and found.numbers, found
        assert found.source.rows and all(rows.count > 0 for rows in found.source.rows), found


def test_what_is_estimated_has_its_interval(report: Report) -> None:
    for found in everything(report):
        assert found.intervals.keys() <= found.numbers.keys(), found
        for name, (low, high) in found.intervals.items():
            value = found.numbers[name]
            assert value is None or ((low is None or low <= value) and (high is None or value <= high)), (found.subject, name)
        jobs = sum(rows.count for rows in found.source.rows if rows.file == "jobs.csv")
        told = {name for name in INTERVALS.get(found.subject, set()) & found.numbers.keys() if found.numbers[name] is not None}
        assert jobs < ENOUGH or told <= found.intervals.keys(), found


def test_a_handful_of_jobs_makes_no_capacity(tmp_path: Path) -> None:
    assert "Capacity by saturation" in render_markdown(compose(read_run(carried(tmp_path / "carried"))))
    assert "Capacity by saturation" not in render_markdown(compose(read_run(few(tmp_path / "few"))))


def test_the_documents_point_at_the_figures(report: Report) -> None:
    page, markdown = render_html(report, {chart.name: "" for chart in report.charts}), render_markdown(report)
    for chart in report.charts:
        assert f'<figure id="figure-{chart.name}">' in page and f"*Figure {chart.number}. " in markdown
    for found in report.answers:
        for shown in found.source.figures:
            assert f'<a href="#figure-{shown.name}">Figure\u00a0{shown.number}</a>' in page
            assert f", {shown.text}" in markdown
