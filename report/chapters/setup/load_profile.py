"""The steps of the load, planned and held, and when it stops."""

from profiles import CapacityLoad, Profile
from report.document.block import Block, Facts, Items, Section, Text
from report.document.table import Cell, Column, column_of, numbers, table
from report.glossary import OFFERED
from report.recording.events import RuleState
from report.rules.capacity.search import CONFIRM
from report.rules.evaluator import effective_stops
from report.rules.registry import ends_when
from report.text import Unit, count_of, listed, share, span
from report.validity.assessment import AssessedRun

THEN = {"stop": "", "next": " (ends the step)", "note": " (only noted)"}
"""What a stop condition does besides ending the run."""
MAX_STAGES = 12
"""Planned steps that are listed at most, where none was reached."""


def chapter(analysis: AssessedRun) -> Section:
    """The steps, or the batch, and the stop conditions."""
    return Section(id="load-profile", title="Load profile", blocks=_blocks(analysis))


def _blocks(analysis: AssessedRun) -> tuple[Block, ...]:
    profile = analysis.run.profile
    armed = any(isinstance(event, RuleState) for event in analysis.run.events)
    if profile.batch is not None:
        return (Facts(facts=_batch_facts(profile)), *_stops(profile, armed))
    planned = profile.load.stages()
    reached: list[tuple[int, float, float, float | None]] = [
        (result.clients, result.ramp, result.planned, result.seconds) for result in analysis.steps
    ]
    shown = reached or [(stage.clients, stage.ramp, stage.hold, None) for stage in planned[:MAX_STAGES]]
    steps = table(
        "Steps",
        (Column(title="Step"), [Cell(text=str(n), value=n) for n in range(1, len(shown) + 1)]),
        (Column(title="Clients"), column_of([clients for clients, *_ in shown], "number")[1]),
        (Column(title=OFFERED.name, unit=OFFERED.unit), column_of([profile.offered_rate(n) for n, *_ in shown], "rate")[1]),
        (Column(title="Ramp", unit="s"), numbers([ramp for _, ramp, _, _ in shown], Unit("s", 1))),
        (Column(title="Hold planned", unit="s"), numbers([hold for _, _, hold, _ in shown], Unit("s", 1))),
        (Column(title="Held", unit="s"), numbers([held for *_, held in shown], Unit("s", 1))),
        note=_chosen(analysis) or _reached(len(reached), len(planned)),
    )
    return (steps, *_stops(profile, armed))


def _batch_facts(profile: Profile) -> tuple[tuple[str, str], ...]:
    sizes = [f"{tenant.name} {tenant.jobs:,}" for tenant in profile.tenant if tenant.jobs is not None]
    return (
        ("Jobs", f"{profile.batch:,}" + (f": {listed(sizes)}" if sizes else "")),
        ("Clients", f"{profile.load.stages()[0].clients:,}, that submit at once"),
        ("End", f"with the last job, or {span(profile.load.drain)} after the last submit"),
    )


def _reached(reached: int, planned: int) -> str:
    return "" if reached == planned else f"{reached} of {count_of(planned, 'planned step')} were reached."


def _chosen(analysis: AssessedRun) -> str:
    """How the steps of a search came about."""
    if not isinstance(analysis.run.profile.load, CapacityLoad):
        return ""
    last = [step.number for step in analysis.steps if step.role == "confirmation"]
    held = f" Step {last[0]} held {share(CONFIRM)} of what was found." if last else ""
    return f"Each step was chosen from what those before it completed, until throughput stayed flat.{held}"


def _stops(profile: Profile, armed: bool) -> tuple[Block, ...]:
    """When the load stops; `armed`: whether any of these conditions came near."""
    rules = effective_stops(profile)
    if not rules:
        return (Text(text="No stop conditions: the load runs to its end."),)
    items = [f"{ends_when(stop)}{THEN[stop.then]}" for stop in rules]
    drain = f"open jobs then have {span(profile.load.drain)} to finish"
    near = "" if armed else " (none came near)"
    return (Text(text=f"The load stops when one of these conditions is met{near}; {drain}:"), Items(items=tuple(items)))
