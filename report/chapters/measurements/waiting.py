"""Queue, processing and total time of jobs, by the service's own timestamps or by the states that polls saw."""

from collections.abc import Sequence

from report.analysis.job_times.polled_phases import NEVER, Untold
from report.document.block import Block, Findings, Section, Text
from report.document.finding import Finding
from report.document.model import plain
from report.document.table import Cell, Column, Table, numbers, table, words
from report.findings.evidence import in_holds
from report.stats.intervals import Interval
from report.stats.job_times.polled_states import LEAST, Phases
from report.text import NONE, Unit, count_of, percentile_name, share, span, unit_of
from report.validity.assessment import AssessedRun

from .describe import described

WHY_UNTOLD: dict[Untold, str] = {
    "states": "and api.states tells no waiting from running",
    "held": "and polls that the service held open until jobs had ended saw nothing of what came before",
    "never_done": f"and more than {share(NEVER)} of the jobs were never seen done",
    "few": f"and its polls tell only of {LEAST:,} jobs or more",
    "never_running": "and no poll ever saw a job running",
}
"""Why neither timestamps nor polls tell waiting from processing."""


def chapter(analysis: AssessedRun) -> Section:
    """What the service itself tells of its jobs, as far as it does, else what polls saw."""
    return Section(id="times", title="Queue, processing and total time", blocks=_blocks(analysis))


def _blocks(analysis: AssessedRun) -> tuple[Block, ...]:
    latency, phases = analysis.latency, analysis.phases
    if isinstance(phases, Phases):
        return _polled(analysis, phases)
    if latency is None or not latency.server:
        why = f", {WHY_UNTOLD[phases]}" if phases else ""
        said = f"The service told no times for the jobs of these steps{why}: so queue and processing time can't be told apart."
        return (Text(text=said),)
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


def _polled(analysis: AssessedRun, phases: Phases) -> tuple[Block, ...]:
    every = span(analysis.completion.between_polls)
    said = (
        f"The service told no times, so these are estimated from the states that its status told, polled every {every}: waiting "
        "from when a job was accepted until it ran, processing from then to its end."
    )
    return (Text(text=said), _table(phases))


def _table(phases: Phases) -> Table:
    rows = {"waiting": phases.waiting, "processing": phases.processing}
    unit = unit_of([each.high for row in rows.values() for each in row.quantiles.values()], "seconds")
    return table(
        f"Waiting and processing, estimated from polled states ({count_of(phases.jobs, 'job')})",
        (Column(title="", words=True), words(*rows)),
        *_quantile(0.5, [row.quantiles.get(0.5) for row in rows.values()], unit),
        *_quantile(0.95, [row.quantiles.get(0.95) for row in rows.values()], unit),
        note="The most likely distributions for what the polls left open of both. A dash: polls were too far apart, or the jobs "
        "too few, to tell it.",
    )


def _quantile(p: float, values: Sequence[Interval | None], unit: Unit) -> tuple[tuple[Column, list[Cell]], ...]:
    name = "Median" if p == 0.5 else percentile_name(p)
    ranges = [NONE if each is None else f"{unit.text(each.low)} to {unit.text(each.high)}" for each in values]
    return (
        (Column(title=name, unit=unit.symbol), numbers([None if each is None else each.value for each in values], unit)),
        (Column(title="95 % interval", unit=unit.symbol), [Cell(text=text) for text in ranges]),
    )
