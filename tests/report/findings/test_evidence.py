"""Every finding of every kind of run has its numbers, their intervals, the rows and the window it was seen in, and its figure."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from report.compose import compose
from report.document.block import Findings
from report.document.finding import Finding
from report.document.report import Report
from report.recording.run import read_run
from report.render.html import render_html
from report.render.markdown import render_markdown
from report.stats.stalls import Stall
from tests.report.kinds import KINDS, batched, batched_at_once, carried, few

OF_STEPS = [make for make in KINDS if make not in (batched, batched_at_once)]
"""Kinds of runs that have steps, and watch something."""
INTERVALS = {
    "Steady throughput": {"jobs_per_s", "requests_per_s"},
    "Latency distribution": {"p50"},
    "Best operating conditions": {"jobs_per_s"},
    "Limits": {"completed", "failed", "within_limits_jobs_per_s"},
    "Maximum throughput": {"jobs_per_s"},
    "Bottleneck": {"queue_to_before", "processing_to_before", "failed"},
    "Tenants": {"max_over_median_p95", "jain"},
    "Lost jobs": {"share"},
    "Jobs given up": {"share"},
    "Uncertain jobs": {"share"},
    "Leaks": {"per_hour", "per_1000_jobs", "seconds_left"},
    "Recovery": {"median_to_before"},
}
"""Estimates that have an interval wherever they are told of 100 jobs or more."""
CARRIED = {
    "Latency distribution": {
        *(f"{job}{name}" for job in ("", "job_") for name in ("p50", "p90", "p95", "p99", "p99.9", "p99.99")),
        "job_factor",
    }
}
"""Estimates that have an interval where enough of their values are independent, which it isn't for the number of jobs to say."""
SEEN = {
    "Backlog": {"jobs"},
    "Best operating conditions": {"clients", "steps"},
    "Bottleneck": {"cpu", "processing_before_s", "processing_s", "queue_before_s", "queue_s"},
    "Drain end": {"abandoned", "cancelled", "t"},
    "Failures": {"failed", "of"},
    "Failures at every load": {"failed", "of"},
    "Duplicate jobs": {"ids"},
    "Generators": {"cpu", "lag_p99_s"},
    "Interruption": {"seconds"},
    "Jobs given up": {"jobs", "timed_out"},
    "Latency distribution": {f"job_{name}_at_least" for name in ("p50", "p90", "p95", "p99", "p99.9")},
    "Leaks": {"limit", "not_known", "p", "seconds"},
    "Limits": {
        *("beyond_limits_clients", "within_limits_clients", "clients", "offered", "steps", "limits"),
        *(f"limits_{judged}" for judged in ("fail", "not_measured", "undecided", "warn")),
    },
    "Little's law": {"apart", "counted", "mean", "sampled"},
    "Lost jobs": {"jobs", "lost"},
    "Maximum throughput": {"beyond", "knee", "steps"},
    "Recovery": {"drained", "failed_before", "in_flight_before", "jobs_before", "p90_before", "seconds", "watched"},
    "Rows": {"rows"},
    "Run": {"recorded_s"},
    "Signal": {"t"},
    "Stall": set(Stall._fields),
    "Steady throughput": {"clients", "not_sustained", "steps"},
    "Tenants": {"tenants", "with_a_p95"},
    "The load generators spoiled steps": {"clients", "steps"},
    "Throughput": {"completed", "failed", "jobs", "process_rate", "submit_rate"},
    "Uncertain jobs": {"errored", "jobs"},
}
"""Counts, settings, moments, bounds, and what was so of these very jobs in this very step: nothing is estimated by them."""
ENOUGH = 100


@pytest.fixture(params=OF_STEPS, ids=lambda make: make.__name__, scope="module")
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


def test_every_number_is_an_estimate_or_known_as_none(report: Report) -> None:
    """Whoever tells a new number decides which it is."""
    for found in everything(report):
        told = {name for name, value in found.numbers.items() if value is not None}
        estimates = INTERVALS.get(found.subject, set()) | CARRIED.get(found.subject, set())
        assert told - estimates - SEEN.get(found.subject, set()) <= found.intervals.keys(), found


def test_a_handful_of_jobs_makes_no_capacity(tmp_path: Path) -> None:
    assert "Maximum throughput: " in render_markdown(compose(read_run(carried(tmp_path / "carried"))))
    assert "Maximum throughput: " not in render_markdown(compose(read_run(few(tmp_path / "few"))))


def test_the_documents_point_at_the_figures(report: Report) -> None:
    page, markdown = render_html(report, {chart.name: "" for chart in report.charts}), render_markdown(report)
    for chart in report.charts:
        assert f'<figure id="figure-{chart.name}">' in page and f"*Figure {chart.number}. " in markdown
    for found in report.answers:
        for shown in found.source.figures:
            assert f'<a href="#figure-{shown.name}">Figure\u00a0{shown.number}</a>' in page
            assert f", {shown.text}" in markdown
