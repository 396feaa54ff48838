"""Can this be trusted? Every check of the measurement, the passed ones too."""

from report.document.block import Section, Text
from report.document.model import Level
from report.document.table import Column, table, words
from report.findings.trust import LEVELS, TRUST
from report.validity.assessment import AssessedRun
from report.validity.check import Check

RESULTS = {"ok": "passed", "note": "note", "qualified": "reservation", "invalid": "INVALID"}
"""The levels of a check, in words."""


def chapter(analysis: AssessedRun) -> Section:
    """Every check of the measurement, the passed ones too."""
    checks = analysis.checks
    marks: list[Level] = [LEVELS[check.level] for check in checks]
    rows = table(
        "What was checked",
        (Column(title="Check", words=True), words(*(check.name for check in checks))),
        (Column(title="Result", words=True), words(*(RESULTS[check.level] for check in checks))),
        (Column(title="Found", words=True), words(*(_with_remedy(check) for check in checks))),
        marks=marks,
    )
    return Section(id="trust", title="Can this be trusted?", blocks=(Text(text=TRUST[analysis.trust]), rows))


def _with_remedy(check: Check) -> str:
    return f"{check.sentence} → {check.remedy}" if check.remedy else check.sentence
