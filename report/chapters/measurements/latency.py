"""How long requests and jobs took."""

from collections.abc import Sequence
from dataclasses import replace

from report.analysis.latency import Distribution, Latency
from report.charts.registry import figures_of
from report.document.block import Block, Section, Text
from report.document.table import Cell, Column, Table, numbers, ranges, table, words
from report.findings.latency import known_by, refusal
from report.findings.unloaded import unloaded_table
from report.recording.run import Run
from report.text import Unit, count_of, listed, percentile_name, share, unit_of
from report.validity.assessment import AssessedRun


def chapter(analysis: AssessedRun) -> Section:
    """Percentiles of requests, submits and jobs, and how sure they are."""
    return Section(id="latency", title="Latency", blocks=_blocks(analysis))


def _blocks(analysis: AssessedRun) -> tuple[Block, ...]:
    latency = analysis.latency
    if latency is None:
        return (Text(text="No step was held, so there is nothing to pool."), *figures_of("latency", analysis))
    return (
        Text(text=_pooled(analysis.run, latency)),
        _percentiles("Service time of requests: from sending to the reply", latency.service),
        _percentiles(
            "Submits: response time from the moment they were due, service time from the moment they were sent",
            [
                replace(latency.response, name="response time"),
                *(replace(row, name="service time") for row in latency.service if row.name == "submit"),
                replace(latency.lateness, name="lateness"),
            ],
            "Where response time is longer than service time, submits were sent late: the client waited, as users would.",
        ),
        _percentiles(
            "Response time of jobs: from the moment they were due to their end",
            latency.jobs,
            known_by(latency.completion) + _unseen(latency),
        ),
        *([unloaded_table(analysis.baseline)] if analysis.baseline else []),
        *_sureness((latency.service[-1], *latency.service[:-1], latency.jobs[0])),
        *figures_of("latency", analysis),
    )


def _pooled(run: Run, latency: Latency) -> str:
    """Which steps the tables are of."""
    if run.profile.batch is not None:
        return f"Over the whole batch, whose jobs come all at once.{_mostly_waiting(latency)}"
    steps, one = listed(map(str, latency.steps)), len(latency.steps) == 1
    if not latency.steady:
        which = f"Of step {steps}, which is not" if one else f"Pooled over the steps held, {steps}, none of which is"
        return f"{which} known to be sustained: this is no steady state."
    return f"Of step {steps}, the one that was sustained." if one else f"Pooled over the sustained steps, {steps}."


def _mostly_waiting(latency: Latency) -> str:
    """How much of a job's time is its place in the queue, by the service's clock; nothing where it tells no such times."""
    means = {described.name: described.mean for described in latency.server if described.kind == "all"}
    if not {"queue", "total"} <= set(means) or not means["total"] > 0:
        return ""
    return f" By the service's clock, {share(means['queue'] / means['total'])} of a job's time was its place in the queue."


def _unseen(latency: Latency) -> str:
    said = ""
    if latency.unseen:
        said += f" {count_of(latency.unseen, 'job')}, never seen done, took longer than all of these and are counted so."
    if latency.cut_off:
        said += (
            f" {count_of(latency.cut_off, 'job')}, cut off by the end of the run, took longer than they were watched, and are "
            "counted so (Kaplan and Meier's estimate)."
        )
    return f"{said} ≥: at least, since such jobs decide it." if latency.jobs[0].at_least else said


def _sureness(rows: Sequence[Distribution]) -> tuple[Table, ...]:
    """How sure the percentiles are."""
    ps = sorted({p for row in rows for p in row.intervals})
    if not ps:
        return ()
    shown = [row for row in rows if row.intervals]
    unit = unit_of([interval.high for row in shown for interval in row.intervals.values()], "seconds")
    return (
        table(
            "How sure these percentiles are (95 % intervals, approximate, within this run)",
            (Column(title="", words=True), words(*(row.name for row in shown))),
            *(
                (Column(title=percentile_name(p), unit=unit.symbol), ranges([row.intervals.get(p) for row in shown], unit))
                for p in ps
            ),
            note="By the spread of ten time sections. A dash: too few of the values are independent of each other; only "
            "repeating the run tells. Another run may differ by more than this.",
        ),
    )


def _percentile(row: Distribution, p: float, unit: Unit) -> Cell:
    least = row.at_least.get(p)
    return numbers([row.percentiles[p]], unit)[0] if least is None else Cell(text=f"≥ {unit.text(least)}", value=least)


def _percentiles(title: str, rows: Sequence[Distribution], note: str = "") -> Table:
    ps = [p for p in rows[0].percentiles if p <= 0.95 or any(row.percentiles[p] is not None for row in rows)]
    unit = unit_of([value for row in rows for value in (*row.percentiles.values(), row.max)], "seconds")
    refused = {row.name: refusal(row) for row in rows if any(row.percentiles[p] is None for p in ps)}
    alike = len(set(refused.values())) == 1
    told = sorted(set(refused.values())) if alike else [f"{name}: {why}" for name, why in refused.items()]
    dash = f"A dash: too few samples ({'; '.join(told)})." if refused else ""
    return table(
        title,
        (Column(title="", words=True), words(*(row.name for row in rows))),
        (Column(title="Count"), [Cell(text=f"{row.n:,}", value=row.n) for row in rows]),
        *((Column(title=percentile_name(p), unit=unit.symbol), [_percentile(row, p, unit) for row in rows]) for p in ps),
        (Column(title="Mean", unit=unit.symbol), numbers([row.mean for row in rows], unit)),
        (Column(title="Max", unit=unit.symbol), numbers([row.max for row in rows], unit)),
        note=" ".join(filter(None, (note, dash))),
    )
