"""All that was found: where it stands, and that nothing is made up."""

from pathlib import Path

from report.analysis.run import analyse
from report.compose import compose
from report.findings.registry import findings_of
from report.findings.throughput import throughput
from report.recording.run import read_run
from tests.report.conftest import STEPS, Made
from tests.simulate import Service, simulate


def test_a_run_that_was_carried_has_nothing_to_tell(tmp_path: Path) -> None:
    run = read_run(simulate(tmp_path, ["load.hold=60s", *STEPS, "load.until=50"], Service(servers=20)))
    assert findings_of(analyse(run)) == ()
    assert "findings" not in [section.id for section in compose(run).sections]
    assert next(throughput(analyse(run))).sentence.endswith(" It may carry more: no step broke it.")


def test_the_gravest_findings_are_on_page_1(documents: Made) -> None:
    report = documents.report
    assert all(f.sentence in documents.text("report.md").replace("\\", "") for f in report.first_findings)
    assert report.first_findings[0].subject == "Bottleneck"
