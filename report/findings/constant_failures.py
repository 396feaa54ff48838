"""Failures that have nothing to do with how much was asked: the same share at every load."""

from collections.abc import Iterator

from report.analysis.run import Analysis
from report.analysis.steps.verdict import TooMany
from report.document.finding import Finding
from report.stats.intervals import share_interval
from report.text import clipped, count_of, listed, share

from .evidence import in_steps
from .what_broke import failing

LETTERS = 80
"""Letters of a cause that the evidence has room for."""


def constant_failures(analysis: Analysis) -> Iterator[Finding]:
    """One finding a kind of failure that is no more frequent at more load, over all steps in which it is so."""
    whats = dict.fromkeys(each.what for step in analysis.steps for each in step.constant)
    for what in whats:
        steps = [step for step in analysis.steps if not step.spoiled and any(each.what == what for each in step.constant)]
        counts = [each for step in steps for each in step.constant if each.what == what]
        yield _finding(analysis, what, counts, [step.number for step in steps])


def _finding(analysis: Analysis, what: str, counts: list[TooMany], numbers: list[int]) -> Finding:
    bad, of = sum(each.bad for each in counts), sum(each.of for each in counts)
    found = share_interval(bad, of)
    compared = len({step.clients for step in analysis.steps if step.growth}) > 1
    where = "at every load" if compared else "at the only load that was tried"
    follows = "More load did not make it worse, so this is no limit of how much the service carries."
    said = (
        f"{share(found.value)} of {failing(what)} failed {where} (95 % interval {share(found.low)} to {share(found.high)}): "
        f"{bad:,} of {of:,}. {follows if compared else 'Whether more load makes it worse was not tried.'}"
    )
    alike = [cause for cause in analysis.causes if (cause.where == "job") == (what == "jobs")]
    causes = [clipped(cause.text or cause.what, LETTERS) for cause in alike[:2]]
    return Finding(
        level="bad" if found.low > counts[0].tolerated else "warning",
        subject="Failures at every load" if compared else "Failures",
        sentence=said,
        numbers={"failed": bad, "of": of, "share": found.value},
        intervals={"share": (found.low, found.high)},
        evidence=f"Mostly: {listed(causes)}." if causes else "",
        source=in_steps(analysis, [step for step in analysis.steps if step.number in numbers], "overview"),
        remedy=f"Find out why {count_of(bad, 'one', 'these')} failed: see Outcomes and errors.",
    )
