"""What a comparison found, in words."""

from collections.abc import Iterator, Sequence

import numpy as np

from profiles.conditions import BYTE_RATES
from report.document.finding import Finding, Rows, Source
from report.document.model import Level
from report.findings.evidence import named
from report.stats.comparison import ALPHA, MATTERS
from report.stats.quantiles import Array
from report.stats.ratios import SECTIONS
from report.text import likely_share, listed, number, per_second, quantity, seconds, share

from .comparison import Comparison, Metric
from .profile_diff import said

CHANGES = 5
"""Metrics that page 1 has a box for."""
LEVELS: dict[str, Level] = {"regression": "bad", "improvement": "good", "equivalent": "good", "inconclusive": "note"}
"""How grave each verdict is."""


def reasons(comparison: Comparison) -> Iterator[Finding]:
    """What a reader must know before any result: single runs, profiles that differ, invalid or overloaded runs."""
    if comparison.single:
        said_so = (
            "Indicative, single run: a side has one run alone, so what differs from run to run is not known. Its "
            f"{SECTIONS} sections in time stand for runs."
        )
        yield Finding(level="warning", subject="Runs", sentence=said_so, remedy="Make 5 runs of each, in turn.")
    for different in comparison.differ:
        told = (
            f"The profiles differ: {different.key} is {said(different.b)} in {different.folder.name}, {said(different.a)} in A."
        )
        yield Finding(level="warning", subject="Profiles", sentence=told)
    for run in (*comparison.a, *comparison.b):
        if run.trust == "INVALID":
            yield Finding(level="bad", subject="Runs", sentence=f"{run.folder.name} is INVALID: its numbers are not to be used.")
    if not comparison.sustained and not comparison.batch:
        told = "No step was sustained in every run, so times are those of an overloaded service, which vary widely."
        yield Finding(level="warning", subject="Load", sentence=told)


def answers(comparison: Comparison) -> Iterator[Finding]:
    """What page 1 says: what got worse, what got better, what stayed, and what can't be told."""
    if comparison.failures.worse:
        yield _more_failed(comparison)
    changed = [*_of(comparison, "regression"), *_of(comparison, "improvement")]
    for metric in changed[:CHANGES]:
        yield _change(metric, _seen(comparison, metric))
    if changed[CHANGES:]:
        told = f"{_listed(changed[CHANGES:])} differ, too: see Results."
        yield _together("note", "More", told, changed[CHANGES:], _seen(comparison))
    same, unclear = _of(comparison, "equivalent"), _of(comparison, "inconclusive")
    if same:
        told = f"{_listed(same)}: within {share(MATTERS)} of A's."
        yield _together("good", "As before", told, same, _seen(comparison, *same))
    if unclear:
        yield _together("note", "Can't be told", _unclear(unclear), unclear, _seen(comparison, *unclear))
    refused = _of(comparison, "not compared")
    if refused:
        told = f"Too few samples: {listed(f'{metric.name} ({metric.refused})' for metric in refused)}."
        yield Finding(level="note", subject="Not compared", sentence=told, source=_seen(comparison, *refused))


def _more_failed(comparison: Comparison) -> Finding:
    failures = comparison.failures
    return Finding(
        level="bad",
        subject="Failures",
        sentence=f"{share(failures.b.value)} of jobs did not succeed in B, {share(failures.a.value)} in A.",
        numbers={"a": failures.a.value, "b": failures.b.value, "p": failures.p},
        intervals={"a": (failures.a.low, failures.a.high), "b": (failures.b.low, failures.b.high)},
        evidence=(
            f"B: {likely_share(failures.b.low, failures.b.high)}. A, likewise: {share(failures.a.low)} to "
            f"{share(failures.a.high)}."
        ),
        source=_seen(comparison),
    )


def _seen(comparison: Comparison, *metrics: Metric) -> Source:
    """The steps compared, the jobs in them, and where it is about their times, the figure of these."""
    everything = (*comparison.a, *comparison.b)
    seen = Rows(file="jobs.csv", count=sum(len(run.times) for run in everything), which="seen done, of all runs")
    drawn = any(metric.dimension == "seconds" and metric.name.endswith("(job)") for metric in metrics)
    return Source(steps=comparison.steps, rows=(seen,), figures=named(["times"] if drawn else []))


def _together(level: Level, subject: str, sentence: str, metrics: Sequence[Metric], seen: Source) -> Finding:
    """One finding on several metrics: the ratio of B to A of each that can be tested, with its interval."""
    found = {metric.name: metric.difference for metric in metrics if metric.difference}
    return Finding(
        level=level,
        subject=subject,
        sentence=sentence,
        numbers={name: difference.ratio for name, difference in found.items()},
        intervals={name: (difference.low, difference.high) for name, difference in found.items()},
        source=seen,
    )


def _change(metric: Metric, seen: Source) -> Finding:
    found = metric.difference
    assert found is not None
    word = "higher" if found.ratio > 1 else "lower"
    return Finding(
        level=LEVELS[found.verdict],
        subject=found.verdict.capitalize(),
        sentence=(
            f"{metric.name} is {share(abs(found.ratio - 1))} {word} in B: {text_of(metric, middle(metric.b))}, where A has "
            f"{text_of(metric, middle(metric.a))}. Between {signed(found.low)} and {signed(found.high)} ({_level()})."
        ),
        numbers={"ratio": found.ratio, "p": found.p},
        intervals={"ratio": (found.low, found.high)},
        source=seen,
    )


def _unclear(metrics: Sequence[Metric]) -> str:
    told = []
    for metric in metrics:
        found = metric.difference
        told.append(f"{metric.name} ({signed(found.low)} to {signed(found.high)})" if found else metric.name)
    return f"{listed(told)}: neither a difference nor its absence is shown."


def _of(comparison: Comparison, verdict: str) -> list[Metric]:
    return [metric for metric in comparison.metrics if metric.verdict == verdict]


def _listed(metrics: Sequence[Metric]) -> str:
    return listed(metric.name for metric in metrics)


def _level() -> str:
    return f"{share(1 - ALPHA)} interval, all metrics taken together"


def text_of(metric: Metric, value: float) -> str:
    """A value of a metric with its unit."""
    match metric.dimension:
        case "seconds":
            return seconds(value)
        case "rate":
            return per_second(value)
        case "share":
            return share(value)
        case dimension:
            return quantity(value, dimension) + ("/s" if metric.name.partition("(")[0] in BYTE_RATES else "")


def signed(ratio: float) -> str:
    """A ratio as a change: "+5 %", "−3 %", "±0 %"."""
    change = (ratio - 1) * 100
    return f"{'+' if change > 0 else '−' if change < 0 else '±'}{number(abs(change))} %"


def middle(values: Array) -> float:
    """The geometric mean; the mean where there is none."""
    return float(np.exp(np.log(values).mean())) if np.all(values > 0) else float(np.mean(values))
