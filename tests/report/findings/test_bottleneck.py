"""What set the limit, in runs that were made to have it."""

from dataclasses import replace
from pathlib import Path

from report.analysis.run import Analysis, analyse
from report.document.finding import Finding
from report.findings.registry import findings_of
from report.recording.run import read_run
from tests.report.conftest import STEPS
from tests.simulate import Service, simulate


def found(analysis: Analysis) -> dict[str, Finding]:
    return {finding.subject: finding for finding in findings_of(analysis)}


def test_a_service_whose_workers_are_all_busy_is_bound_by_its_queue(breaks: Analysis) -> None:
    finding = found(breaks)["Bottleneck"]
    assert "processing took no longer" in finding.sentence and finding.remedy == "Run more workers."
    assert finding.numbers["queue_s"] > 10 * finding.numbers["queue_before_s"]  # type: ignore[operator]
    assert finding.intervals["queue_to_before"][0] > 10  # type: ignore[operator]
    assert finding.intervals["processing_to_before"][1] < 1.25  # type: ignore[operator]
    assert finding.source.steps == (1, 3)


def test_a_machine_whose_processors_are_busy_is_bound_by_them(breaks: Analysis) -> None:
    """The watched host was busy to 95 % in the step that broke: more workers on it would not help."""
    loaded = tuple(replace(used, mean=0.95) if (used.source, used.metric) == ("target", "cpu") else used for used in breaks.usage)
    assert loaded != breaks.usage
    finding = found(replace(breaks, usage=loaded))["Bottleneck"]
    assert finding.numbers["cpu"] == 0.95 and "The processors of the watched machine were busy to 95 %." in finding.sentence
    assert finding.remedy == "Its processors are used up: make a job cheaper, or add machines."


def test_processing_that_may_be_longer_leaves_the_hint_open(breaks: Analysis) -> None:
    """The jobs of a run that have timestamps, but of every sixth alone, so that their times are known badly."""
    holds = tuple(replace(hold, jobs=hold.jobs.iloc[::6]) for hold in breaks.holds)
    finding = found(replace(breaks, holds=holds))["Bottleneck"]
    assert "whether processing took longer, too, can't be told" in finding.sentence and finding.level == "note"
    assert finding.intervals["processing_to_before"][1] > 1.25  # type: ignore[operator]


def test_a_sustained_step_with_too_few_jobs_is_passed_over(breaks: Analysis) -> None:
    first, *others = breaks.holds
    few = (replace(first, jobs=first.jobs.iloc[:49]), *others)
    finding = found(replace(breaks, holds=few))["Bottleneck"]
    assert finding.source.steps == (2, 3) and "in step 2: " in finding.sentence


def test_too_few_jobs_or_equal_times_give_no_hint(breaks: Analysis) -> None:
    few = tuple(replace(hold, jobs=hold.jobs.iloc[:49]) for hold in breaks.holds)
    assert "Bottleneck" not in found(replace(breaks, holds=few))
    first = breaks.holds[0]
    alike = tuple(replace(hold, jobs=first.jobs) for hold in breaks.holds)
    assert "Bottleneck" not in found(replace(breaks, holds=alike))


def test_jobs_that_run_for_longer_compete(breaks: Analysis) -> None:
    """Each job of the step that broke finished as much later as it had run."""
    *before, last = breaks.holds
    slower = last.jobs.assign(finished=2 * last.jobs["finished"] - last.jobs["started"])
    finding = found(replace(breaks, holds=(*before, replace(last, jobs=slower))))["Bottleneck"]
    assert "processing itself took 1.98 times as long" in finding.sentence
    assert finding.remedy == "Look for what running jobs share: a lock, a database or another service."


def test_a_service_that_refuses_work_is_bound_by_errors(tmp_path: Path) -> None:
    overrides = ["load.hold=60s", *STEPS, "load.until=25"]
    analysis = analyse(read_run(simulate(tmp_path, overrides, Service(servers=20, error_share=0.2))))
    assert found(analysis)["Bottleneck"].sentence.startswith("Errors, not speed, set the limit: in step 1, ")
