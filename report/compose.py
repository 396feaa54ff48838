"""From a run to its report as data, and to its documents."""

from collections.abc import Sequence
from math import nan
from pathlib import Path
from typing import Literal

from report.analysis.operating_points import Optimal
from report.analysis.steps.result import StepResult
from report.analysis.steps.saturation import Saturated
from report.chapters.registry import sections_of
from report.charts.registry import drawn
from report.document.chart import Chart
from report.document.model import plain
from report.document.numbering import numbered
from report.document.report import CapacityFigure, LoadFigure, Report
from report.findings.capacity.throughput import load_model
from report.findings.page_1 import further_findings, page_1_answers
from report.findings.trust import TRUST, reasons
from report.findings.what_broke import broken_by
from report.recording.run import Run, read_run
from report.render.documents import write_documents
from report.render.formats import FORMATS, Format
from report.stats.intervals import Interval
from report.text import clipped, count_of, span, when
from report.validity.assessment import AssessedRun, assess

LONGEST = 80
"""Letters of a fact, or of the title, that page 1 has room for."""
LABELS = 6
"""Labels that page 1 has room for; the disclosure has all."""


def write_report(folder: Path, out: Path | None = None, formats: Sequence[Format] = FORMATS) -> Report:
    """Read a run folder and write its report to `out` (default: the folder's report/). Raises UserError."""
    report = compose(read_run(folder))
    write_documents(report, folder / "report" if out is None else out, formats)
    return report


def compose(run: Run) -> Report:
    """The report of a run."""
    analysis = assess(run)
    target = run.info.target.get("name") or run.profile.target.name
    report = Report(
        title=clipped(target or run.info.name, LONGEST),
        run=run.folder.name,
        facts=_facts(analysis),
        trust=analysis.trust,
        trust_sentence=TRUST[analysis.trust],
        reasons=reasons(analysis),
        answers=page_1_answers(analysis),
        findings=further_findings(analysis),
        hero=_hero(analysis),
        sections=tuple(sections_of(analysis)),
        capacity=_capacity(analysis),
        loads=_loads(analysis),
        limits=tuple(limit.judgement for limit in analysis.limits),
    )
    return numbered(report)


def _hero(analysis: AssessedRun) -> Chart | None:
    """The figure of page 1: the capacity where one was sought and found, else the whole run."""
    found = analysis.saturated is not None and analysis.saturated.sought_and_found
    return next(iter(drawn("capacity" if found else "overview", analysis)), None)


def _capacity(analysis: AssessedRun) -> CapacityFigure | None:
    found, carried = analysis.saturated, analysis.capacity.carried
    seen = found.seen if found else None
    if found and seen and found.bend:
        clients = found.bend[1] if found.by_clients else found.bend[1] * analysis.run.profile.clients.submit_every
        return CapacityFigure(
            value=seen.capacity, low=seen.low, high=seen.high, method="saturation", clients=round(clients), at_least=False
        )
    if carried is None:
        return None
    low, high = plain(carried.throughput.low), plain(carried.throughput.high)
    return CapacityFigure(value=carried.completed, low=low, high=high, method="sustained", clients=carried.clients, at_least=True)


def _loads(analysis: AssessedRun) -> tuple[LoadFigure, ...]:
    points = analysis.operating_points
    if points is None:
        return ()
    optimal, within, broke = points.optimal, points.within, points.breaking
    below = analysis.capacity.carried if broke else None
    missed, lower = within.missed or _rule(within.upper), within.lower
    return (
        _load("optimal", optimal.rate if optimal else None, optimal, because=(optimal.of,) if optimal else ()),
        _load("within limits", lower.throughput if lower else None, lower, lower, within.upper, missed).model_copy(
            update={"at_least": lower is not None and within.upper is None}
        ),
        *_maximum(analysis.saturated, analysis.capacity.carried),
        _load("breaking point", Interval(broke.offered, nan, nan) if broke else None, broke, below, broke, _rule(broke)),
    )


def _maximum(found: Saturated | None, carried: StepResult | None) -> tuple[LoadFigure, ...]:
    """The maximum throughput, or at least how much it is, where the documents tell it: not of a load too high from the start."""
    if found is None or (found.bend is None and carried is None):
        return ()
    seen, at_least = found.seen, found.bend is None
    return (LoadFigure(name="maximum", value=seen.capacity, low=seen.low, high=seen.high, at_least=at_least),)


def _rule(broke: StepResult | None) -> tuple[str, ...]:
    return (broken_by(broke)[1],) if broke else ()


def _load(
    name: Literal["optimal", "within limits", "breaking point"],
    rate: Interval | None,
    at: Optimal | StepResult | None,
    lower: StepResult | None = None,
    upper: StepResult | None = None,
    because: tuple[str, ...] = (),
) -> LoadFigure:
    value, low, high = (plain(rate.value), plain(rate.low), plain(rate.high)) if rate else (None, None, None)
    steps = [step.number if step else None for step in (lower, upper)]
    clients = at.clients if at else None
    return LoadFigure(
        name=name, value=value, low=low, high=high, clients=clients, lower=steps[0], upper=steps[1], because=because
    )


def _facts(analysis: AssessedRun) -> tuple[tuple[str, str], ...]:
    run, info = analysis.run, analysis.run.info
    version = info.target.get("version") or run.profile.target.version
    facts = [
        ("Run", run.folder.name),
        ("Profile", run.profile.name),
        ("Version", version),
        ("Started", when(info.epoch)),
        ("Load model", load_model(run.profile)),
        (
            "Length",
            span(run.end) + (f", {count_of(len(analysis.steps), 'step')}" if run.profile.batch is None else ""),
        ),
        (
            "Ended",
            f"{run.status} by {info.end_detail}" if run.status == "stopped" and info.end_detail else run.status,
        ),
        *list(info.labels.items())[:LABELS],
    ]
    return tuple((clipped(key, LONGEST), clipped(value, LONGEST)) for key, value in facts if value)
