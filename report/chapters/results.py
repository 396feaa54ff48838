"""The chapters that say what was measured: results, stop log, latency, queue and processing time."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from report.analysis.latency import Described, Distribution, Latency
from report.analysis.run import Analysis
from report.analysis.steps.result import StepResult
from report.charts import over_time as charts
from report.charts import steps as charts_steps
from report.document.block import Block, Findings, Section, Text
from report.document.finding import Finding
from report.document.model import plain
from report.document.table import Cell, Column, Table, column_of, numbers, table, words
from report.findings.evidence import in_holds
from report.findings.latency import known_by, refusal
from report.findings.saturation import capacity_sentence
from report.findings.unloaded import unloaded_table
from report.findings.what_broke import VERDICT_LEVELS, why
from report.recording.run import Run
from report.rules.stop_log import rule_sentence
from report.text import NONE, Unit, count_of, listed, moment, percentile_name, rate, share, unit_of

from .batch import batch_chapter

SHORT = 2
"""Percentiles of fewer units than this get a decimal, however long the longest time of their table."""
LONG = 6
"""After tables of more steps than this a page has room for a low figure only."""


def result_chapters(analysis: Analysis) -> tuple[Section, ...]:
    """The chapters, in order."""
    return (
        Section(id="results", title="Results", blocks=_results(analysis)),
        *_stop_log(analysis.run),
        Section(id="latency", title="Latency", blocks=_latency(analysis)),
        Section(id="times", title="Queue, processing and total time", blocks=_times(analysis)),
    )


def _results(analysis: Analysis) -> tuple[Block, ...]:
    if analysis.run.profile.batch is not None:
        return batch_chapter(analysis)
    if not analysis.steps:
        return (Text(text="No step was begun."),)
    shown = [charts_steps.load_curve(analysis), charts.throughput(analysis), charts.flights(analysis)]
    if len(analysis.steps) > LONG:
        shown[:2] = reversed(shown[:2])
    if analysis.saturated and analysis.saturated.sought_and_found:
        shown.insert(1, charts.hero(analysis))  # Page 1 shows the bend instead.
    charts_shown = [chart for chart in shown if chart]
    return (_step_table(analysis.steps), _why_table(analysis.steps), *_two_capacities(analysis), *charts_shown)


def _two_capacities(analysis: Analysis) -> tuple[Block, ...]:
    """What was sustained and where throughput stops growing are two things: which is which."""
    carried = analysis.capacity.carried
    if analysis.saturated is None or (carried is None and analysis.saturated.bend is None):
        return ()
    found = capacity_sentence(analysis.saturated, analysis.run.profile.clients.submit_every)
    held = f"{rate(carried.completed)} in step {carried.number}" if carried else "none"
    return (
        Text(
            text=f"Two numbers say how much the service carries. Sustained: the highest load that was held without a growing "
            f"backlog ({held}); a step of the load, and safe. Capacity by saturation: where throughput stops growing however "
            f"much is asked for; a limit, beyond which more load only makes jobs wait. {found}"
        ),
    )


def _step_table(steps: Sequence[StepResult]) -> Table:
    def column(title: str, unit: str, dimension: str, value: Callable[[StepResult], float]) -> tuple[Column, list[Cell]]:
        chosen, cells = column_of([value(step) for step in steps], dimension)
        return Column(title=title, unit=unit or chosen.symbol), cells

    times = unit_of([value for step in steps for value in (step.median, step.p95)], "seconds")
    return table(
        "What each step carried",
        (Column(title="Held", unit="min"), numbers([step.seconds for step in steps], Unit("min", 1 / 60, 1))),
        column("Clients", "", "number", lambda step: step.clients),
        column("Offered", "jobs/s", "rate", lambda step: step.offered),
        column("Completed", "jobs/s", "rate", lambda step: step.completed),
        (Column(title="Likely", unit="jobs/s"), _likely(steps)),
        column("All requests", "RPS", "rate", lambda step: step.request_rate.value),
        (Column(title="Median", unit=times.symbol), numbers([step.median for step in steps], times)),
        (Column(title="p95", unit=times.symbol), numbers([step.p95 for step in steps], times)),
        (Column(title="Requests failed"), [share_cell(step.request_failures) for step in steps]),
        (Column(title="Jobs failed"), [share_cell(step.job_failures) for step in steps]),
        (Column(title="Load average", unit="1, 5, 15 min"), [_loads(step) for step in steps]),
        (Column(title="Verdict", words=True), [Cell(text=_verdict(step)) for step in steps]),
        marks=[VERDICT_LEVELS.get(step.verdict, "") for step in steps],
        note=(
            "Offered: what the clients should submit. Completed: jobs seen succeeded or failed once the hold had settled. "
            "Likely: the range that the true rate lies in with 95 % confidence. Median and p95: service time of all requests. "
            "Jobs failed: of those that ended, the share that did not succeed. Load average: the target's, at the end of the "
            "hold. RPS: requests per second. A dash: not measured, or too few samples."
        ),
    )


def _why_table(steps: Sequence[StepResult]) -> Table:
    submitted = column_of([step.submitted for step in steps], "rate")[1]
    jobs, job_cells = column_of([step.job_time for step in steps], "seconds")
    flown = [(step.in_flight_start, step.in_flight_end) if step.growth else (None, None) for step in steps]
    growth = [round(step.growth.growth) if step.growth else None for step in steps]
    allowed = [step.growth.allowed if step.growth else None for step in steps]
    return table(
        "Why each verdict",
        (Column(title="Step"), [Cell(text=str(step.number), value=step.number) for step in steps]),
        (Column(title="Clients"), column_of([step.clients for step in steps], "number")[1]),
        (Column(title="Submitted", unit="jobs/s"), submitted),
        (Column(title="Response time of jobs", unit=f"median, {jobs.symbol}"), job_cells),
        (Column(title="In flight", unit="at the start"), column_of([start for start, _ in flown], "number")[1]),
        (Column(title="In flight", unit="at the end"), column_of([end for _, end in flown], "number")[1]),
        (Column(title="Growth", unit="once settled"), column_of(growth, "number")[1]),
        (Column(title="Allowed", unit="growth"), numbers(allowed, Unit("", 1, 0))),
        (Column(title="Why", words=True), words(*(why(step) for step in steps))),
        marks=[VERDICT_LEVELS.get(step.verdict, "") for step in steps],
        note=(
            "A step is sustained if jobs in flight, once it had settled, grew by no more than the allowed growth: 5 % of the "
            "arrivals, or what chance explains if that is more. Inconclusive: hold it longer."
        ),
    )


def _verdict(step: StepResult) -> str:
    if step.cut and step.growth:
        return f"{step.verdict} (cut off{f' by {step.fired.rule}' if step.fired else ''})"
    return step.verdict


def share_cell(value: float) -> Cell:
    """A share as percent; a dash for NaN."""
    return Cell(text=share(value), value=None if math.isnan(value) else value)


def _likely(steps: Sequence[StepResult]) -> list[Cell]:
    """The 95 % intervals of the throughput, as ranges."""
    known = [step.throughput if step.throughput.known else None for step in steps]
    unit = unit_of([interval.high for interval in known if interval], "rate")
    return [
        Cell(text=f"{unit.text(each.low)} to {unit.text(each.high)}", value=each.high - each.low) if each else Cell(text=NONE)
        for each in known
    ]


def _loads(step: StepResult) -> Cell:
    if math.isnan(step.load_averages[0]):
        return Cell(text=NONE)
    return Cell(text=", ".join(f"{load:.2f}" for load in step.load_averages), value=step.load_averages[0])


def _stop_log(run: Run) -> tuple[Section, ...]:
    """What the stop rules saw; no chapter where none was armed."""
    events = [event for event in run.events if event["event"] == "rule"]
    if not events:
        return ()
    log = table(
        "What the stop rules saw",
        (Column(title="At", words=True), [Cell(text=moment(e.get("at", e["t"])), value=e.get("at", e["t"])) for e in events]),
        (Column(title="Rule", words=True), words(*(e["rule"] for e in events))),
        (Column(title="State", words=True), words(*(e["state"] for e in events))),
        (Column(title="Step"), [Cell(text=str(e["step"]), value=e["step"]) for e in events]),
        (Column(title="Clients"), [Cell(text=f"{e['clients']:,}", value=e["clients"]) for e in events]),
        (Column(title="What it saw", words=True), words(*(rule_sentence(e["rule"], e.get("values", {})) for e in events))),
        marks=["bad" if e["state"] == "fired" else "" for e in events],
        note="Armed: the condition is true, but not yet for long enough. Confirming: it would fire, but is to be seen once more. "
        "Cleared: it is no longer true. Fired: it ends the step or the run, unless it only notes. "
        "Times are minutes:seconds since the start.",
    )
    return (Section(id="stop-log", title="Stop log", blocks=(log,)),)


def _latency(analysis: Analysis) -> tuple[Block, ...]:
    latency = analysis.latency
    figure, over_time = charts_steps.distributions(analysis), charts.service_times(analysis)
    if latency is None:
        return (Text(text="No step was held, so there is nothing to pool."), *([over_time] if over_time else []))
    blocks: list[Block] = [
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
        *_sureness((latency.service[-1], *(row for row in latency.service[:-1]), latency.jobs[0])),
    ]
    return (*blocks, *(chart for chart in (figure, over_time) if chart))


def _pooled(run: Run, latency: Latency) -> str:
    """Which steps the tables are of."""
    if run.profile.batch is not None:
        return "Over the whole batch. Its jobs come all at once, so most of a job's time is its place in the queue."
    steps, one = listed(map(str, latency.steps)), len(latency.steps) == 1
    if not latency.steady:
        which = f"Of step {steps}, which is not" if one else f"Pooled over the steps held, {steps}, none of which is"
        return f"{which} known to be sustained: this is no steady state."
    return f"Of step {steps}, the one that was sustained." if one else f"Pooled over the sustained steps, {steps}."


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

    def cell(row: Distribution, p: float) -> Cell:
        interval = row.intervals.get(p)
        if interval is None:
            return Cell(text=NONE)
        unit = unit_of([interval.low, interval.high], "seconds")
        return Cell(text=f"{unit.text(interval.low)} to {unit.with_symbol(interval.high)}", value=interval.high - interval.low)

    return (
        table(
            "How sure these percentiles are (95 % intervals, approximate, within this run)",
            (Column(title="", words=True), words(*(row.name for row in shown))),
            *((Column(title=percentile_name(p)), [cell(row, p) for row in shown]) for p in ps),
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
    if any((row.percentiles[0.5] or row.max) * unit.factor < SHORT for row in rows):
        unit = replace(unit, decimals=max(1, unit.decimals))
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


def _times(analysis: Analysis) -> tuple[Block, ...]:
    latency = analysis.latency
    if not analysis.run.profile.api.times.created and not (latency and latency.server):
        return (
            Text(text="The profile names no timestamps in the status reply, so queue and processing time can't be told apart."),
        )
    if latency is None or not latency.server:
        return (
            Text(text="The service told no times for the jobs of these steps, so queue and processing time can't be told apart."),
        )
    blocks: list[Block] = [Text(text="By the service's own timestamps, over the same jobs as the latency above.")]
    if latency.backwards:
        these = count_of(latency.backwards, "of these times runs", "of these times run")
        said = f"{these} backwards: the service's clock is not to be trusted."
        held = [hold for hold in analysis.holds if hold.step.number in latency.steps]
        told = {"backwards": plain(latency.backwards)}
        server_times = Finding(level="warning", subject="Server times", sentence=said, numbers=told, source=in_holds(held))
        blocks.append(Findings(findings=(server_times,)))
    blocks.append(described(latency.server, "Queue (created → started), processing (started → finished) and total", "Kind"))
    return tuple(blocks)


def _digits(row: Described, unit: Unit) -> int:
    """Decimals of a row in a table's unit: as many as its own mean asks for, so that short times beside long ones show."""
    mean = row.mean * unit.factor
    return 3 if mean < 1 else 2 if mean < 10 else 1 if mean < 100 else 0


def described(rows: Sequence[Described], title: str, kind: str, parts: bool = True) -> Table:
    """A describe table of durations; `kind` heads the column of what they are told apart by."""
    fields = ("mean", "std", "min", "q25", "q50", "q75", "p95", "max")
    titles = ("Mean", "Std", "Min", "25 %", "50 %", "75 %", "p95", "Max")
    unit = unit_of([getattr(row, name) for row in rows for name in ("mean", "max")], "seconds")
    units = [replace(unit, decimals=max(unit.decimals, _digits(row, unit))) for row in rows]
    values = [
        (Column(title=t, unit=unit.symbol), [numbers([getattr(row, n)], own)[0] for row, own in zip(rows, units, strict=True)])
        for t, n in zip(titles, fields, strict=True)
    ]
    return table(
        title,
        *([(Column(title="", words=True), words(*(row.name for row in rows)))] if parts else []),
        (Column(title=kind, words=True), words(*(row.kind for row in rows))),
        (Column(title="Count"), [Cell(text=f"{row.count:,}", value=row.count) for row in rows]),
        *values,
    )
