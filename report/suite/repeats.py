"""What the repeats show beyond their mean: results of two kinds, and a drift over the suite."""

import math

import numpy as np

from report.document.finding import Finding
from report.stats.quantiles import Array
from report.stats.repeats import DRIFT_ALPHA, MATTERS, drift, two_groups
from report.text import count_of, quantity, rate, share

from .results import RATE, Results


def repeats_findings(results: Results) -> list[Finding]:
    """Scenarios whose repeats fall into two groups, and what drifts with the order of the runs."""
    found = []
    for cell in results.made:
        split = two_groups(cell.values(RATE))
        if split is not None:
            low, high = split
            said = (
                f"The repeats of {cell.scenario.name} fall into two groups: {_group(low)} and {_group(high)}. Their mean "
                "describes neither."
            )
            remedy = "Look at a run of each: something was different between them."
            found.append(Finding(level="warning", subject="Two kinds of result", sentence=said, remedy=remedy))
    return [*found, *_drift(results)]


def _group(values: Array) -> str:
    runs = count_of(len(values), "run")
    if len(values) == 1:
        return f"{rate(float(values[0]))} ({runs})"
    return f"{quantity(float(values.min()), 'rate')} to {rate(float(values.max()))} ({runs})"


def _drift(results: Results) -> list[Finding]:
    usable = [cell.usable for cell in results.made]
    ratio, p = drift([(np.array([run.values[RATE] for run in runs]), np.array([run.at for run in runs])) for runs in usable])
    if math.isnan(p) or p >= DRIFT_ALPHA or abs(ratio - 1) < MATTERS:
        return []
    said = (
        f"From the first run to the last, throughput of one and the same scenario {'rose' if ratio > 1 else 'fell'} by "
        f"{share(abs(ratio - 1))} (p {'< 0.001' if p < 0.001 else f'= {p:.3f}'}): something changed while the suite ran."
    )
    remedy = "Compare scenarios by their ratios, which are paired within a repeat; look for what else used the machine."
    return [Finding(level="warning", subject="Drift", sentence=said, numbers={"ratio": ratio, "p": p}, remedy=remedy)]
