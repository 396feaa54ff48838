"""What was found beyond the answers of page 1."""

from report.analysis.run import Analysis
from report.document.block import Findings, Section
from report.findings.page_1 import further_findings


def chapter(analysis: Analysis) -> Section | None:
    """The findings with their evidence; no chapter where there are none."""
    found = further_findings(analysis)
    return Section(id="findings", title="Findings", blocks=(Findings(findings=found),)) if found else None
