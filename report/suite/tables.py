"""The tables of a suite's report."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from report.document.block import Block
from report.document.model import Level
from report.document.table import Cell as Entry
from report.document.table import Column, Table, column_of, numbers, table, words
from report.stats.repeats import LEAST, Spread, spread
from report.text import NONE, clipped, count_of, quantity, span, unit_of

from .answers import key_text
from .phases import PhaseResult, SpeedUp
from .results import METRICS, RATE, Cell, Measured, Metric, Results

MARKS: dict[str, Level] = {"VALID": "good", "QUALIFIED": "warning"}
LONGEST = 160


def trust_table(results: Results) -> Table:
    """Each scenario by what its runs are worth."""
    cells = results.made
    return table(
        "Trust in each scenario",
        (Column(title="Phase", words=True), words(*(cell.scenario.phase for cell in cells))),
        (Column(title="Scenario", words=True), words(*(cell.scenario.name for cell in cells))),
        (Column(title="Measurement", words=True), words(*(cell.trust for cell in cells))),
        (Column(title="Runs"), column_of([len(cell.runs) for cell in cells], "number")[1]),
        (Column(title="Usable"), column_of([len(cell.usable) for cell in cells], "number")[1]),
        (Column(title="Concerns", words=True), words(*(_concerns(cell) for cell in cells))),
        marks=["" if cell.trust == "VALID" else MARKS.get(cell.trust, "bad") for cell in cells],
        note="Measurement: the worst of its runs. Usable: ended by themselves, worked off all their jobs, and not INVALID. A "
        "batch that was worked off whole is not held to be small: its repeats tell how far to rely on it.",
    )


def _concerns(cell: Cell) -> str:
    hit = Counter(name for run in cell.runs for name in {name for name, _ in run.concerns})
    told = [f"{name} ({count} of {len(cell.runs)})" for name, count in hit.items()]
    return ", ".join(told) or NONE


def phase_tables(result: PhaseResult) -> Iterator[Table]:
    """The scenarios of a phase, by throughput and then by all else."""
    yield _scenarios(result)
    for one in result.speed_ups:
        yield _speed_up(one, result.axis or "")
    yield from _others(result)


def _scenarios(result: PhaseResult) -> Table:
    cells = result.cells
    each = [spread(cell.values(RATE)) for cell in cells]
    unit = unit_of([one.most for one in each], "rate")
    return table(
        f"Jobs completed per second: {result.phase.name}",
        (Column(title=""), column_of(range(1, len(cells) + 1), "number")[1]),
        (Column(title="Scenario", words=True), words(*(cell.scenario.name for cell in cells))),
        (Column(title="Runs"), column_of([one.n for one in each], "number")[1]),
        (Column(title="Mean", unit="jobs/s"), numbers([one.mean.value for one in each], unit)),
        (Column(title="95 % interval", unit="jobs/s", words=True), words(*(_interval(one, unit.text) for one in each))),
        (Column(title="Min"), numbers([one.least for one in each], unit)),
        (Column(title="Max"), numbers([one.most for one in each], unit)),
        (Column(title="Std"), numbers([one.std for one in each], unit)),
        (Column(title="Jobs", unit="succeeded", words=True), words(*(_succeeded(cell) for cell in cells))),
        marks=["" if one.n else "bad" for one in each],
        note=f"Over usable runs. An interval takes {LEAST} of them: it is Student's, over whole runs.",
    )


def _interval(one: Spread, text: object) -> str:
    if not math.isfinite(one.mean.low):
        return NONE
    assert callable(text)
    return f"{text(max(0.0, one.mean.low))} to {text(one.mean.high)}"


def _succeeded(cell: Cell) -> str:
    jobs, good = sum(run.jobs for run in cell.runs), sum(run.succeeded for run in cell.runs)
    return f"{good:,}" if good == jobs else f"{good:,} of {jobs:,}"


def _others(result: PhaseResult) -> Iterator[Table]:
    """Means of everything else that was measured, one column each."""
    cells = result.cells
    known = [metric for metric in _metrics(cells) if metric.name != RATE]
    if known:
        yield table(
            f"What else was measured: {result.phase.name}",
            (Column(title="Scenario", words=True), words(*(cell.scenario.name for cell in cells))),
            *(_mean_column(metric, cells) for metric in known),
            note="Means over usable runs; summary.csv has their spread, runs.csv every run. Times of jobs and queues are means "
            "over all jobs; queue and processing time by the service's own clock. Memory: of the watched processes together; "
            "each run has processes of its own.",
        )


def _metrics(cells: Sequence[Cell]) -> list[Metric]:
    return [metric for metric in METRICS if any(len(cell.values(metric.name)) for cell in cells)]


def _mean_column(metric: Metric, cells: Sequence[Cell]) -> tuple[Column, list[Entry]]:
    values = [float(own.mean()) if len(own := cell.values(metric.name)) else math.nan for cell in cells]
    unit, entries = column_of(values, metric.dimension)
    return Column(title=metric.title, unit=unit.symbol or ("jobs/s" if metric.dimension == "rate" else "")), entries


def _speed_up(one: SpeedUp, axis: str) -> Table:
    where = key_text(one.line.key)
    unit = unit_of([ratio.value for ratio in one.ratios], "number")
    known = [math.isfinite(ratio.low) for ratio in one.ratios]
    bounds = [f"{unit.text(r.low)} to {unit.text(r.high)}" if ok else NONE for r, ok in zip(one.ratios, known, strict=True)]
    return table(
        f"Speed-up{f', {where}' if where else ''}",
        (Column(title=axis), column_of(one.line.x, "number")[1]),
        (Column(title="Speed-up", unit="×"), numbers([ratio.value for ratio in one.ratios], unit)),
        (Column(title="95 % interval", words=True), words(*bounds)),
        (Column(title="Efficiency"), [Entry(text=quantity(value, "share"), value=value) for value in one.efficiency]),
        note=f"Against {axis} = {one.line.x[0]:g}, paired within a repeat. Efficiency: speed-up by the ratio of both.",
    )


def tenants_tables(results: Results) -> Iterator[Block]:
    """Tenants side by side: how long their jobs took in each scenario."""
    cells = [cell for cell in results.made if any(run.tenants for run in cell.usable)]
    names = list(dict.fromkeys(each.name for cell in cells for run in cell.usable for each in run.tenants))
    if not cells:
        return
    means = {name: [_tenant_mean(cell, name) for cell in cells] for name in names}
    unit = unit_of([value for values in means.values() for value in values], "seconds")
    worst = [_worst(name_means) for name_means in zip(*means.values(), strict=True)]
    yield table(
        "Time of a job by tenant",
        (Column(title="Scenario", words=True), words(*(cell.scenario.name for cell in cells))),
        *((Column(title=name, unit=unit.symbol), numbers(values, unit)) for name, values in means.items()),
        (Column(title="Longest by shortest"), column_of(worst, "number")[1]),
        note="From the moment a job was due until it was seen done: the mean over a tenant's jobs, and over usable runs.",
    )


def _tenant_mean(cell: Cell, name: str) -> float:
    values = [each.mean for run in cell.usable for each in run.tenants if each.name == name and math.isfinite(each.mean)]
    return sum(values) / len(values) if values else math.nan


def _worst(means: Sequence[float]) -> float:
    known = [mean for mean in means if math.isfinite(mean) and mean > 0]
    return max(known) / min(known) if len(known) > 1 else math.nan


def limits_tables(results: Results) -> Iterator[Table]:
    """Each limit of each scenario: how it came out in its runs."""
    rows = []
    for cell in results.made:
        for text in dict.fromkeys(limit.text for run in cell.runs for limit in run.limits):
            seen = [limit for run in cell.runs for limit in run.limits if limit.text == text]
            rows.append((cell, text, seen))
    if not rows:
        return
    verdicts = [_verdict([limit.judgement for limit in seen]) for _, _, seen in rows]
    yield table(
        "Limits",
        (Column(title="Scenario", words=True), words(*(cell.scenario.name for cell, _, _ in rows))),
        (Column(title="Limit", words=True), words(*(text for _, text, _ in rows))),
        (
            Column(title="Measured", words=True),
            words(*(_range(seen[0].dimension, [s.measured for s in seen]) for *_, seen in rows)),
        ),
        (Column(title="Verdict", words=True), words(*verdicts)),
        marks=[_mark(verdict) for verdict in verdicts],
        note="Measured: the least and the most of its runs. A limit is kept if every run kept it; WARN: within 10 % of it.",
    )


def _verdict(judgements: Sequence[str]) -> str:
    for verdict in ("fail", "undecided", "not measured", "warn"):
        if verdict in judgements:
            count = judgements.count(verdict)
            return verdict.upper() + (f" in {count} of {len(judgements)}" if count < len(judgements) else "")
    return "PASS"


def _mark(verdict: str) -> str:
    return "bad" if verdict.startswith("FAIL") else "" if verdict == "PASS" else "warning"


def _range(dimension: str, values: Sequence[float]) -> str:
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return NONE
    unit = unit_of(known, dimension)
    least, most = unit.text(min(known)), unit.with_symbol(max(known))
    return most if unit.with_symbol(min(known)) == most else f"{least} to {most}"


def failures_table(results: Results) -> Table | None:
    """Runs that did not end as planned, and those in which jobs failed."""
    rows = [(cell, run) for cell in results.made for run in cell.runs if run.outcome != "done" or run.succeeded < run.jobs]
    if not rows:
        return None
    return table(
        "Runs that went wrong, or whose jobs did",
        (Column(title="Scenario", words=True), words(*(cell.scenario.name for cell, _ in rows))),
        (Column(title="Repeat"), column_of([run.repeat for _, run in rows], "number")[1]),
        (Column(title="Ended", words=True), words(*(run.outcome for _, run in rows))),
        (Column(title="Jobs", words=True), words(*(_jobs(run) for _, run in rows))),
        (Column(title="What was said", words=True), words(*(clipped(run.reason or NONE, LONGEST) for _, run in rows))),
        marks=["bad" if run.outcome != "done" else "warning" for _, run in rows],
    )


def _jobs(run: Measured) -> str:
    return f"{run.succeeded:,} of {count_of(run.jobs, 'job')} succeeded" if run.jobs else NONE


def runs_table(results: Results) -> Iterator[Table]:
    """Every run, in the order in which they were made."""
    runs = sorted(
        ((cell, run) for cell in results.made for run in cell.runs), key=lambda pair: (math.isnan(pair[1].at), pair[1].at)
    )
    known = [metric for metric in _metrics(results.made) if metric.name in (RATE, "total_s")]
    columns = []
    for metric in known:
        unit, entries = column_of([run.values.get(metric.name) for _, run in runs], metric.dimension)
        columns.append((Column(title=metric.title, unit=unit.symbol or "jobs/s"), entries))
    yield table(
        "Runs in their order",
        (Column(title="Scenario", words=True), words(*(cell.scenario.name for cell, _ in runs))),
        (Column(title="Repeat"), column_of([run.repeat for _, run in runs], "number")[1]),
        (Column(title="Ended", words=True), words(*(run.outcome for _, run in runs))),
        (Column(title="Measurement", words=True), words(*(run.trust or NONE for _, run in runs))),
        *columns,
        (
            Column(title="Took", words=True),
            words(*(span(round(run.seconds)) if run.seconds == run.seconds else NONE for _, run in runs)),
        ),
        note="Each is a run folder of its own, runs/SCENARIO/REPEAT: stepload report writes the report of one.",
    )
