"""How far a measurement can be trusted, in words: the verdict, and why it is less than valid."""

from report.document.finding import Finding
from report.document.model import Level
from report.validity.assessment import AssessedRun

from .evidence import in_run

LEVELS: dict[str, Level] = {"ok": "good", "note": "note", "qualified": "warning", "invalid": "bad"}
TRUST = {
    "VALID": "The measurement can be trusted: every check passed.",
    "QUALIFIED": "The measurement can be used, with these reservations:",
    "INVALID": "Do not use these numbers: they don't tell what the service carries.",
}

FIGURES = {
    "Arrivals": ("overview",),
    "Amount": ("overview", "load"),
    "Baseline": ("overview", "service_time"),
    "Generators": ("resources", "overview"),
    "Little's law": ("in_flight",),
    "Load model": ("overview",),
    "Machines": ("resources",),
    "Run": ("overview",),
    "Workers": ("overview",),
}
"""What shows that a check was not passed, where a figure does."""


def reasons(analysis: AssessedRun) -> tuple[Finding, ...]:
    """Why the measurement is less than valid; notes too, but after what counts."""
    order = ("invalid", "qualified", "note")
    worst = sorted((check for check in analysis.checks if check.level != "ok"), key=lambda check: order.index(check.level))
    return tuple(
        Finding(
            level=LEVELS[check.level],
            subject=check.name,
            sentence=check.sentence,
            numbers=dict(check.numbers),
            source=in_run(analysis.run, *FIGURES.get(check.name, ())),
            remedy=check.remedy,
        )
        for check in worst
    )
