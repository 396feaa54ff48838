"""What was found beyond the answers to the four questions: one finder a subject, each in the module of its subject.

A finder looks at the analysis of a run and yields findings, or nothing. To add one, write it and list it here.
"""

from collections.abc import Callable, Iterator

from report.analysis.run import Analysis
from report.document.finding import Finding, gravest_first

from . import bottleneck as finds_limits
from . import lost_jobs as finds_jobs

Finder = Callable[[Analysis], Iterator[Finding]]
FINDERS: tuple[Finder, ...] = (
    finds_limits.generator,
    finds_limits.bottleneck,
    finds_jobs.lost,
    finds_jobs.twice,
    finds_jobs.unanswered,
)


def findings_of(analysis: Analysis) -> tuple[Finding, ...]:
    """All findings, the gravest first."""
    return gravest_first(finding for finder in FINDERS for finding in finder(analysis))
