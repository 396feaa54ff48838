"""A comparison as a document: what it found, in words, tables and one figure."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from report.charts.binning import series
from report.document.block import Facts, Section
from report.document.chart import Chart, Panel, Series
from report.document.numbering import numbered
from report.document.report import Report
from report.render.documents import write_documents
from report.stats.comparison import ALPHA, MATTERS
from report.stats.quantiles import carries
from report.text import count_of, listed, share

from .comparison import MORE_FAILED, Comparison, Result, compare_folders
from .findings import answers, reasons
from .runs import Measured
from .tables import results_table, runs_blocks, values_table

KIND = "Comparison of load tests"
"""What the document is called."""
SENTENCES = {
    "REGRESSION": "B does worse than A, by more than chance explains.",
    "IMPROVEMENT": "B does better than A, by more than chance explains, and worse in nothing that was measured.",
    "EQUIVALENT": f"B does as A does: every metric lies within {share(MATTERS)} of A's.",
    "INCONCLUSIVE": "No difference was found, and none can be ruled out either: the runs vary too much, or are too few.",
}
"""What each result means."""
TOP = (0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999)
"""Percentiles that a line of the figure may end at: the highest that its sample carries."""


def write_comparison(a: Sequence[Path], b: Sequence[Path], anyway: bool, out: Path) -> Result:
    """Compare runs and write the documents to `out`. Raises UserError."""
    comparison = compare_folders(a, b, anyway)
    write_documents(compose_comparison(comparison), out)
    return comparison.result


def compose_comparison(comparison: Comparison) -> Report:
    """The document of a comparison."""
    first = comparison.a[0].info
    report = Report(
        kind=KIND,
        title=first.target.get("name") or first.name,
        run=f"{_names(comparison.b)} against {_names(comparison.a)}",
        facts=_facts(comparison),
        trust=comparison.result,
        trust_sentence=SENTENCES[comparison.result],
        reasons=tuple(reasons(comparison)),
        answers=tuple(answers(comparison)),
        hero=_chart(comparison),
        sections=(
            Section(id="results", title="Results", blocks=(results_table(comparison), values_table(comparison))),
            Section(id="runs", title="Runs", blocks=tuple(runs_blocks(comparison))),
            Section(id="method", title="Method", blocks=(_method(comparison),)),
        ),
    )
    return numbered(report)


def _facts(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    steps = listed(map(str, comparison.steps))
    which = "sustained in all runs" if comparison.sustained else "not sustained in all runs"
    over = f"step {steps}, {which}" if len(comparison.steps) == 1 else f"steps {steps}, {which}"
    return (
        ("A", _described(comparison.a)),
        ("B", _described(comparison.b)),
        ("Compared over", "the whole batch" if comparison.batch else over),
    )


def _described(side: Sequence[Measured]) -> str:
    """How many runs, of which version, with which labels."""
    versions = dict.fromkeys(run.version for run in side if run.version)
    labels = dict.fromkeys(f"{key} = {value}" for run in side for key, value in run.info.labels.items())
    told = [count_of(len(side), "run"), *(f"version {version}" for version in versions), *labels]
    return ", ".join(told)


def _names(side: Sequence[Measured]) -> str:
    return side[0].folder.name if len(side) == 1 else f"{count_of(len(side), 'run')} like {side[0].folder.name}"


def _method(comparison: Comparison) -> Facts:
    unit = "Ten sections in time of a single run" if comparison.single else "Whole runs"
    claims = (
        ("Unit", f"{unit} are compared: the samples inside a run depend on each other."),
        (
            "Time of a job",
            "From the moment it was due until it ended by the service's own timestamps, which fit what polls saw in every run."
            if comparison.by_timestamps
            else "From the moment it was due until the reply that first saw it done: not every run has timestamps of the service "
            "that fit what its polls saw.",
        ),
        (
            "Test",
            "Welch's t on logarithms gives the ratio of B to A and its interval; Holm's correction keeps the chance that any "
            f"difference is found between equals below {share(ALPHA)}.",
        ),
        (
            "Verdict",
            f"A difference counts if the interval leaves out no change and it is {share(MATTERS)} or more; equivalent means that "
            f"the whole interval lies within ± {share(MATTERS)}. Anything else can't be told.",
        ),
        (
            "Failures",
            f"More jobs failed if Fisher's exact test says so (p < {ALPHA:g}) and by {share(MORE_FAILED)} of jobs or more.",
        ),
    )
    return Facts(facts=claims)


def _chart(comparison: Comparison) -> Chart | None:
    """The times of all jobs of each side, as far as they carry percentiles."""
    lines = (_line("A", "status", comparison.a), _line("B", "p95", comparison.b))
    drawn = tuple(line for line in lines if line)
    if not drawn:
        return None
    return Chart(
        name="times",
        title="Response time of jobs",
        caption="All runs of a side pooled. At p95, 95 % of jobs took no longer than the time shown.",
        x_title="percentile",
        x_scale="percentile",
        panels=(Panel(title="response time of jobs", dimension="seconds", series=drawn, log=True, tall=True),),
    )


def _line(label: str, role: str, side: Sequence[Measured]) -> Series | None:
    times = np.concatenate([run.times for run in side])
    carried = [p for p in TOP if carries(len(times), p)]
    fine = np.unique(np.concatenate([np.linspace(0, carried[-1], 100), carried])) if carried else np.array([])
    return series(label, role, fine, np.quantile(times, fine)) if len(fine) else None
