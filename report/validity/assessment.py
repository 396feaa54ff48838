"""A run with its numbers and with what the checks say of them: what findings, chapters and documents are made from."""

from dataclasses import dataclass

from report.analysis.run import Analysis, analyse
from report.recording.run import Run

from .check import Check
from .checks import Trust, check_all, trust_in


@dataclass(frozen=True)
class AssessedRun(Analysis):
    """The analysis of a run and whether its measurement is sound: every check, in the order of importance, and the verdict
    that the worst of them gives."""

    checks: tuple[Check, ...]
    trust: Trust


def assess(run: Run) -> AssessedRun:
    """Analyse a run and check its measurement."""
    analysis = analyse(run)
    checks = check_all(analysis)
    return AssessedRun(**vars(analysis), checks=checks, trust=trust_in(checks))
