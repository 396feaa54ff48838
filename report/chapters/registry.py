"""Every chapter, in one list. To add one, write its module and list it where it is to be read."""

from collections.abc import Callable, Iterator

from report.document.block import Section
from report.validity.assessment import AssessedRun

from .evidence import leaks, limits, outcomes, recovery, resources, special_cases
from .measurements import actions, latency, results, stop_log, tenants, waiting
from .setup import goal, load_profile, monitoring, scenario, strategy, system, tool
from .trust import checks, disclosure, findings, method, next_tests

Chapter = Callable[[AssessedRun], Section | None]
"""Writes a chapter; None where it would have nothing to say."""
CHAPTERS: tuple[Chapter, ...] = (
    checks.chapter,
    findings.chapter,
    goal.chapter,
    strategy.chapter,
    tool.chapter,
    system.chapter,
    scenario.chapter,
    load_profile.chapter,
    monitoring.chapter,
    results.chapter,
    stop_log.chapter,
    latency.chapter,
    waiting.chapter,
    tenants.chapter,
    actions.chapter,
    resources.chapter,
    leaks.chapter,
    recovery.chapter,
    outcomes.chapter,
    special_cases.chapter,
    limits.chapter,
    next_tests.chapter,
    method.chapter,
    disclosure.chapter,
)
"""In the order in which they are read."""


def sections_of(analysis: AssessedRun) -> Iterator[Section]:
    """The chapters that this run has something to say in, in order."""
    for chapter in CHAPTERS:
        section = chapter(analysis)
        if section is not None:
            yield section
