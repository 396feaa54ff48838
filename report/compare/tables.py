"""The tables of a comparison."""

import math
from collections.abc import Iterator, Sequence

from report.document.block import Block, Text
from report.document.cells import p_cell, share_cell
from report.document.model import plain
from report.document.table import Cell, Column, Table, table, words
from report.text import NONE, Unit, unit_of, when

from .comparison import MORE_FAILED, Comparison, Metric
from .findings import LEVELS, middle, signed, text_of
from .runs import Measured


def results_table(comparison: Comparison) -> Table:
    """Each metric on both sides, how it changed, and the verdict; failures in the last row."""
    metrics = comparison.metrics
    found = [metric.difference for metric in metrics]
    failures = comparison.failures
    verdicts = [*(metric.verdict for metric in metrics), "regression" if failures.worse else "equivalent"]
    return table(
        "B against A",
        (Column(title="Metric", words=True), words(*(metric.name for metric in metrics), "jobs not succeeded")),
        (Column(title="A"), [*(_cell(metric, middle(metric.a)) for metric in metrics), share_cell(failures.a.value)]),
        (Column(title="B"), [*(_cell(metric, middle(metric.b)) for metric in metrics), share_cell(failures.b.value)]),
        (Column(title="Change"), [*(_changed(one.ratio if one else math.nan) for one in found), Cell(text=NONE)]),
        (Column(title="From"), [*(_changed(one.low if one else math.nan) for one in found), Cell(text=NONE)]),
        (Column(title="To"), [*(_changed(one.high if one else math.nan) for one in found), Cell(text=NONE)]),
        (Column(title="p"), [*(p_cell(one.p if one else math.nan) for one in found), p_cell(failures.p)]),
        (
            Column(title="Detectable", unit="change"),
            [*(share_cell(metric.detectable) for metric in metrics), share_cell(MORE_FAILED)],
        ),
        (Column(title="Verdict", words=True), words(*verdicts)),
        marks=[LEVELS[verdict] if verdict in ("regression", "improvement") else "" for verdict in verdicts],
        note=(
            "A and B: geometric means over the runs. Change: of B against A, with its interval (from, to) at 95 % for all "
            "metrics together; p likewise. Detectable: the smallest change that so many runs find in 4 of 5 cases. Jobs not "
            "succeeded: pooled over the runs."
        ),
    )


def values_table(comparison: Comparison) -> Table:
    """Every metric of every run."""
    sides = [("A", comparison.a), ("B", comparison.b)]
    runs = [(side, run) for side, of in sides for run in of]
    return table(
        "Each run",
        (Column(title="", words=True), words(*(side for side, _ in runs))),
        (Column(title="Run", words=True), words(*(run.folder.name for _, run in runs))),
        *(_value_column(metric, [run for _, run in runs]) for metric in comparison.metrics),
    )


def _value_column(metric: Metric, runs: Sequence[Measured]) -> tuple[Column, list[Cell]]:
    values = [run.values.get(metric.name, math.nan) for run in runs]
    unit = unit_of(values, metric.dimension)
    return Column(title=metric.name, unit=unit.symbol), [Cell(text=unit.text(value), value=plain(value)) for value in values]


def runs_blocks(comparison: Comparison) -> Iterator[Block]:
    """The runs that were compared, and that their profiles are the same if they are."""
    sides = [("A", comparison.a), ("B", comparison.b)]
    runs = [(side, run) for side, of in sides for run in of]
    carried = unit_of([run.sustained for _, run in runs], "rate")
    yield table(
        "What was compared",
        (Column(title="", words=True), words(*(side for side, _ in runs))),
        (Column(title="Run", words=True), words(*(run.folder.name for _, run in runs))),
        (Column(title="Started", words=True), words(*(when(run.info.epoch) for _, run in runs))),
        (Column(title="Version", words=True), words(*(run.version or NONE for _, run in runs))),
        (Column(title="Labels", words=True), words(*(_labels(run) for _, run in runs))),
        (Column(title="Measurement", words=True), words(*(run.trust for _, run in runs))),
        (Column(title="Jobs"), [Cell(text=f"{run.ended:,}", value=run.ended) for _, run in runs]),
        (Column(title="Sustained", unit="jobs/s"), [_capacity(run, carried) for _, run in runs]),
        note="Sustained: the highest step sustained without a break. It moves in whole steps, so it is not compared; "
        "capacity is, where all runs show one.",
    )
    if not comparison.differ:
        yield Text(text="All runs have the same profile, name, goal, target and seed left out.")


def _capacity(run: Measured, unit: Unit) -> Cell:
    return Cell(text=unit.text(run.sustained), value=run.sustained)


def _labels(run: Measured) -> str:
    return ", ".join(f"{key} = {value}" for key, value in run.info.labels.items()) or NONE


def _cell(metric: Metric, value: float) -> Cell:
    return Cell(text=text_of(metric, value), value=plain(value))


def _changed(ratio: float) -> Cell:
    return Cell(text=NONE if math.isnan(ratio) else signed(ratio), value=plain(ratio - 1))
