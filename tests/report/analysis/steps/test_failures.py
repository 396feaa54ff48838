"""Failures bound a capacity only where they grow with the load."""

from pathlib import Path

import pytest

from report.compose import compose
from report.findings.registry import findings_of
from report.recording.run import read_run
from report.stats.intervals import more_often
from report.validity.assessment import assess
from tests.report.conftest import STEPS
from tests.simulate import Service, simulate

LOAD = ["load.hold=60s", *STEPS, "load.until=100"]


def test_a_constant_share_of_failed_jobs_is_a_finding_and_no_breaking_point(tmp_path: Path) -> None:
    run = read_run(simulate(tmp_path, LOAD, Service(servers=20, fail_share=0.05), stops=False))
    assessed = assess(run)
    assert assessed.capacity.breaking is None and all(step.sustained for step in assessed.steps)
    assert any(step.constant for step in assessed.steps)
    (found,) = [found for found in findings_of(assessed) if found.subject == "Failures at every load"]
    low, high = found.intervals["share"]
    assert low is not None and high is not None and low < 0.05 < high
    assert "of jobs failed at every load (95 % interval" in found.sentence
    report = compose(run)
    assert not any("Breaking point" in answer.sentence for answer in report.answers)


def test_refusals_at_the_lowest_load_say_that_it_was_too_much(tmp_path: Path) -> None:
    """The service answers 503, which the profile knows as a refusal, to a third of all jobs from the first step on."""
    assessed = assess(read_run(simulate(tmp_path, LOAD, Service(servers=20, error_share=0.33), stops=False)))
    assert assessed.capacity.breaking is not None and assessed.capacity.breaking.number == 1


@pytest.mark.parametrize(
    ("counts", "p"),
    [((8, 10, 1, 10), 0.00274), ((1, 10, 8, 10), 0.99994), ((0, 10, 0, 10), 1.0), ((3, 0, 1, 10), 1.0), ((5, 5, 0, 5), 0.00397)],
)  # fmt: skip
def test_fisher_s_exact_test(counts: tuple[int, int, int, int], p: float) -> None:
    """As scipy.stats.fisher_exact(…, alternative="greater") has it."""
    assert more_often(*counts) == pytest.approx(p, abs=5e-6)
