"""The one report on all runs of a suite: its document, and the tables beside it."""

from collections.abc import Sequence
from pathlib import Path

from profiles import UserError
from report.document.block import Block, Findings, Section, Text
from report.document.chart import Chart
from report.document.finding import Finding, gravest_first
from report.document.numbering import numbered
from report.document.report import Report
from report.render.documents import write_documents
from report.render.formats import FORMATS, Format
from report.text import count_of, span, when

from .answers import failures_answer, phase_answers, reasons, suite_trust
from .charts import phase_chart
from .exports import JUNIT, RUNS_CSV, SUMMARY_CSV, junit_xml, runs_csv, summary_csv
from .method import method_section
from .phases import PhaseResult, phases_of
from .repeats import repeats_findings
from .results import Results, read_results
from .tables import failures_table, limits_tables, phase_tables, runs_table, tenants_tables, trust_table

KIND = "Report on a suite of load tests"
MOST_ANSWERS = 6
"""That page 1 has room for; each phase's chapter has its own."""


def write_suite_report(folder: Path, out: Path | None = None, formats: Sequence[Format] = FORMATS) -> Report:
    """Read a suite's folder and write its report to `out` (default: the folder's report/). Raises UserError."""
    results = read_results(folder)
    if not results.runs:
        raise UserError(f"{folder}: no run of this suite was begun, so there is nothing to report")
    report, place = compose_suite(results), folder / "report" if out is None else out
    write_documents(report, place, formats)
    texts = {SUMMARY_CSV: summary_csv(results), RUNS_CSV: runs_csv(results), JUNIT: junit_xml(results)}
    try:
        for name, text in texts.items():
            (place / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{place}: the report can't be written: {error.strerror}") from None
    return report


def compose_suite(results: Results) -> Report:
    """The document of a suite."""
    phases = phases_of(results)
    told = [(phase, phase_answers(phase)) for phase in phases]
    answers = [answer for _, found in told for answer in found[:1]][:MOST_ANSWERS]
    trust, sentence = suite_trust(results)
    repeated = repeats_findings(results)
    charts = [phase_chart(phase, number) for number, phase in enumerate(phases, 1)]
    hero = next((chart for phase, chart in zip(phases, charts, strict=True) if chart and phase.axis), charts[0])
    sections = (
        Section(id="trust", title="Whether to believe it", blocks=_trust_blocks(results)),
        *(
            _phase_section(phase, found, number, None if chart is hero else chart)
            for number, ((phase, found), chart) in enumerate(zip(told, charts, strict=True), 1)
        ),
        *_optional("repeats", "Repeats", (Findings(findings=tuple(repeated)),) if repeated else ()),
        *_optional("tenants", "Tenants", tuple(tenants_tables(results))),
        *_optional("limits", "Limits", tuple(limits_tables(results))),
        *_optional("failures", "Failures and timeouts", _failures(results)),
        Section(id="runs", title="Every run", blocks=tuple(runs_table(results))),
        method_section(results),
    )
    report = Report(
        kind=KIND,
        title=results.suite.name,
        run=results.folder.resolve().name,
        facts=_facts(results),
        trust=trust,
        trust_sentence=sentence,
        reasons=gravest_first(reasons(results)),
        answers=(*answers, *failures_answer(results)),
        findings=gravest_first(repeated),
        hero=hero,
        sections=sections,
        limits=tuple(limit.judgement for run in results.runs for limit in run.limits),
    )
    return numbered(report)


def _facts(results: Results) -> tuple[tuple[str, str], ...]:
    runs, made = results.runs, results.made
    planned = len(results.cells)
    left = f" of {planned:,}" if planned > len(made) else ""
    took = sum(run.seconds for run in runs if run.seconds == run.seconds)
    begun = [run.at for run in runs if run.at == run.at]
    facts = [
        ("Scenarios", f"{len(made):,}{left}"),
        ("Runs", f"{len(runs):,}, {results.suite.order}"),
        ("Started", when(min(begun)) if begun else ""),
        ("Length", span(round(took))),
        ("Goal", results.suite.goal),
    ]
    return tuple((name, text) for name, text in facts if text)


def _trust_blocks(results: Results) -> tuple[Block, ...]:
    left = len(results.cells) - len(results.made)
    said = f"{count_of(left, 'scenario')} of the suite {'was' if left == 1 else 'were'} not run." if left else ""
    return (trust_table(results), *((Text(text=said),) if said else ()))


def _phase_section(result: PhaseResult, found: list[Finding], number: int, chart: Chart | None) -> Section:
    """`chart`: its figure, unless page 1 has it."""
    question = (Text(text=result.phase.question),) if result.phase.question else ()
    told = (Findings(findings=tuple(found)),) if found else ()
    blocks: tuple[Block, ...] = (*question, *told, *((chart,) if chart else ()), *phase_tables(result))
    return Section(id=f"phase-{number}", title=result.phase.name, blocks=blocks)


def _failures(results: Results) -> tuple[Block, ...]:
    table = failures_table(results)
    return (table,) if table else ()


def _optional(name: str, title: str, blocks: tuple[Block, ...]) -> tuple[Section, ...]:
    return (Section(id=name, title=title, blocks=blocks),) if blocks else ()
