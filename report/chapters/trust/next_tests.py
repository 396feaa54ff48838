"""What to test next."""

from report.document.block import Items, Section
from report.findings.advice import next_tests
from report.validity.assessment import AssessedRun


def chapter(analysis: AssessedRun) -> Section:
    """The tests that would tell what this one can't."""
    return Section(id="next", title="What to test next", blocks=(Items(items=next_tests(analysis)),))
