"""What was found beyond the answers of page 1."""

from report.document.block import Findings, Section
from report.findings.page_1 import further_findings
from report.validity.assessment import AssessedRun


def chapter(analysis: AssessedRun) -> Section | None:
    """The findings with their evidence; no chapter where there are none."""
    found = further_findings(analysis)
    return Section(id="findings", title="Findings", blocks=(Findings(findings=found),)) if found else None
