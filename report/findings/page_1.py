"""What page 1 says: the answers to the questions of the test, then the gravest of what else was found."""

from report.document.finding import Finding
from report.validity.assessment import AssessedRun

from .registry import answers_of, findings_of


def page_1_answers(analysis: AssessedRun) -> tuple[Finding, ...]:
    """The answers to the questions, then what a run was made to find out beside them."""
    return tuple(_judged(found, analysis) for found in answers_of(analysis))


def further_findings(analysis: AssessedRun) -> tuple[Finding, ...]:
    """What was found beyond the answers, the gravest first."""
    return tuple(_judged(found, analysis) for found in findings_of(analysis))


def _judged(found: Finding, analysis: AssessedRun) -> Finding:
    """A finding; neither good nor bad where the measurement is invalid."""
    return found.model_copy(update={"level": "note"}) if analysis.trust == "INVALID" else found
