"""Every finding, in one place: what a run answers, and what was found besides. Each is a function in the module of its subject.

It looks at the analysis of a run and yields findings, or nothing where it doesn't apply. To add one, write it and list it here.
"""

from collections.abc import Callable, Iterator

from report.analysis.run import Analysis
from report.document.finding import Finding, gravest_first

from . import batch, bottleneck, breaking, latency, leaks, lost_jobs, optimal, recovery, saturation, tenants, throughput

FindingsOf = Callable[[Analysis], Iterator[Finding]]
ANSWERS: tuple[FindingsOf, ...] = (
    saturation.capacity,
    throughput.throughput,
    batch.throughput,
    latency.latency,
    optimal.optimal,
    breaking.limits,
    tenants.tenants,
    leaks.leaks,
    recovery.recovery,
)
"""The answers to the questions that the test was made to ask, as page 1 has them."""
OTHERS: tuple[FindingsOf, ...] = (
    bottleneck.generator,
    bottleneck.bottleneck,
    lost_jobs.lost,
    lost_jobs.twice,
    lost_jobs.unanswered,
)
"""What was found beyond the answers."""


def answers_of(analysis: Analysis) -> tuple[Finding, ...]:
    """The answers, in the order of their questions."""
    return tuple(finding for findings in ANSWERS for finding in findings(analysis))


def findings_of(analysis: Analysis) -> tuple[Finding, ...]:
    """What was found besides, the gravest first."""
    return gravest_first(finding for findings in OTHERS for finding in findings(analysis))
