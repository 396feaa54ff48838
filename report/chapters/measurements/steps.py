"""The tables of steps: what each carried, and why each verdict."""

import math
from collections.abc import Callable, Sequence

from report.analysis.steps.result import StepResult
from report.document.block import Block, Text
from report.document.cells import share_cell
from report.document.table import Cell, Column, Table, column_of, numbers, ranges, table, words
from report.findings.capacity.saturation import capacity_sentence
from report.findings.what_broke import VERDICT_LEVELS, why
from report.glossary import (
    COMPLETED,
    GROWTH,
    JOB_TIME,
    MAXIMUM,
    OFFERED,
    REQUEST_RATE,
    REQUEST_TIME,
    STEADY,
    SUBMITTED,
    VARIATION,
    Quantity,
)
from report.text import NONE, Unit
from report.validity.assessment import AssessedRun


def step_blocks(analysis: AssessedRun) -> tuple[Block, ...]:
    """The tables of the steps, and what tells two capacities apart."""
    return (_step_table(analysis.steps), _why_table(analysis.steps), *_two_capacities(analysis))


def _two_capacities(analysis: AssessedRun) -> tuple[Block, ...]:
    """What was sustained and where throughput stops growing are two things: which is which."""
    carried = analysis.capacity.carried
    if analysis.saturated is None or (carried is None and analysis.saturated.bend is None):
        return ()
    found = capacity_sentence(analysis.saturated, analysis.run.profile.clients.submit_every)
    held = f"{STEADY.text(carried.completed)} in step {carried.number}" if carried else "none"
    return (
        Text(
            text=f"Two numbers say how much the service carries. {STEADY.name}: {STEADY.meaning}, without a growing backlog "
            f"({held}); a step of the load, and safe. {MAXIMUM.name}: {MAXIMUM.meaning}; a limit, beyond which more load only "
            f"makes jobs wait. {found}"
        ),
    )


def _step_table(steps: Sequence[StepResult]) -> Table:
    def column(of: Quantity, value: Callable[[StepResult], float]) -> tuple[Column, list[Cell]]:
        unit, cells = column_of([value(step) for step in steps], of.dimension)
        return Column(title=of.name, unit=of.heading(unit)), cells

    rates = COMPLETED.unit_in(step.throughput.high for step in steps)
    times = REQUEST_TIME.unit_in(value for step in steps for value in (step.median, step.p95))
    return table(
        "What each step carried",
        (Column(title="Held", unit="s"), numbers([step.seconds for step in steps], Unit("s", 1))),
        (Column(title="Clients"), column_of([step.clients for step in steps], "number")[1]),
        column(OFFERED, lambda step: step.offered),
        column(COMPLETED, lambda step: step.completed),
        (Column(title="Likely", unit=COMPLETED.unit), ranges([step.throughput for step in steps], rates)),
        column(REQUEST_RATE, lambda step: step.request_rate.value),
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
            "hold. A dash: not measured, or too few samples."
        ),
    )


def _why_table(steps: Sequence[StepResult]) -> Table:
    submitted = column_of([step.submitted for step in steps], "rate")[1]
    jobs, job_cells = column_of([step.job_time for step in steps], JOB_TIME.dimension)
    flown = [(step.in_flight_start, step.in_flight_end) if step.growth else (None, None) for step in steps]
    growth = [round(step.growth.growth) if step.growth else None for step in steps]
    allowed = [round(step.growth.allowed) if step.growth else None for step in steps]
    return table(
        "Why each verdict",
        (Column(title="Step"), [Cell(text=str(step.number), value=step.number) for step in steps]),
        (Column(title="Clients"), column_of([step.clients for step in steps], "number")[1]),
        (Column(title=SUBMITTED.name, unit=SUBMITTED.unit), submitted),
        (Column(title=JOB_TIME.name, unit=f"median, {jobs.symbol}"), job_cells),
        (Column(title="In flight", unit="at the start"), column_of([start for start, _ in flown], "number")[1]),
        (Column(title="In flight", unit="at the end"), column_of([end for _, end in flown], "number")[1]),
        (Column(title=GROWTH.name, unit="once settled"), column_of(growth, GROWTH.dimension)[1]),
        (Column(title=VARIATION.name, unit="up to"), column_of(allowed, VARIATION.dimension)[1]),
        (Column(title="Why", words=True), words(*(why(step) for step in steps))),
        marks=[VERDICT_LEVELS.get(step.verdict, "") for step in steps],
        note=(
            "A step is sustained if jobs in flight, once it had settled, grew by no more than normal variation: 5 % of the "
            "arrivals, or what chance explains if that is more. Inconclusive: hold it longer."
        ),
    )


def _verdict(step: StepResult) -> str:
    if step.cut and step.growth:
        return f"{step.verdict} (cut off{f' by {step.fired.rule}' if step.fired else ''})"
    return step.verdict


def _loads(step: StepResult) -> Cell:
    if math.isnan(step.load_averages[0]):
        return Cell(text=NONE)
    return Cell(text=", ".join(f"{load:.2f}" for load in step.load_averages), value=step.load_averages[0])
