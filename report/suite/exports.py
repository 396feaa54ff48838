"""The tables that other programs read: summary.csv, runs.csv, junit.xml."""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree

from profiles.suites.texts import plain
from report.stats.repeats import spread

from .results import METRICS, Cell, Measured, Results

SUMMARY_CSV, RUNS_CSV, JUNIT = "summary.csv", "runs.csv", "junit.xml"
OF_EACH = ("mean", "std", "min", "max", "low", "high")
KEPT = ("pass", "warn")


def summary_csv(results: Results) -> str:
    """A row for each scenario: its parameters, and of each metric mean, standard deviation, extremes and 95 % interval."""
    names = _parameters(results)
    head = ["phase", "scenario", *names, "trust", "runs", "usable", "jobs", "succeeded"]
    head += [f"{metric.name}_{what}" for metric in METRICS for what in OF_EACH]
    return _csv(head, (_summary(cell, names) for cell in results.made))


def _summary(cell: Cell, names: Sequence[str]) -> list[object]:
    row: list[object] = [cell.scenario.phase, cell.scenario.name, *_values(cell, names), cell.trust]
    row += [len(cell.runs), len(cell.usable), sum(run.jobs for run in cell.runs), sum(run.succeeded for run in cell.runs)]
    for metric in METRICS:
        one = spread(cell.values(metric.name))
        row += [_number(value) for value in (one.mean.value, one.std, one.least, one.most, one.mean.low, one.mean.high)]
    return row


def runs_csv(results: Results) -> str:
    """A row for each run, with every metric."""
    names = _parameters(results)
    head = ["phase", "scenario", *names, "repeat", "outcome", "trust", "started", "took_s", "jobs", "succeeded"]
    head += [metric.name for metric in METRICS] + ["folder"]
    return _csv(head, (_run(results, cell, run, names) for cell in results.made for run in cell.runs))


def _run(results: Results, cell: Cell, run: Measured, names: Sequence[str]) -> list[object]:
    told = [run.repeat, run.outcome, run.trust or "", _number(run.at), _number(run.seconds), run.jobs, run.succeeded]
    values = [_number(run.values.get(metric.name, math.nan)) for metric in METRICS]
    place = run.folder.relative_to(results.folder).as_posix()
    return [cell.scenario.phase, cell.scenario.name, *_values(cell, names), *told, *values, place]


def _parameters(results: Results) -> list[str]:
    return list(dict.fromkeys(name for cell in results.made for name in cell.scenario.parameters))


def _values(cell: Cell, names: Sequence[str]) -> list[str]:
    return [plain(cell.scenario.parameters[name]) if name in cell.scenario.parameters else "" for name in names]


def _number(value: float) -> str:
    return f"{value:.9g}" if math.isfinite(value) and abs(value) < 1e9 else f"{value:.3f}" if math.isfinite(value) else ""


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()


def junit_xml(results: Results) -> str:
    """JUnit's XML: a test suite for each phase, a test for each run; limits missed and runs that went wrong are failures."""
    root = ElementTree.Element("testsuites", name=results.suite.name)
    for phase in dict.fromkeys(cell.scenario.phase for cell in results.made):
        cells = [cell for cell in results.made if cell.scenario.phase == phase]
        wrong = [_wrong(run) for cell in cells for run in cell.runs]
        counts = {"name": phase, "tests": str(len(wrong)), "failures": str(sum(map(bool, wrong)))}
        suite = ElementTree.SubElement(root, "testsuite", counts)
        for cell in cells:
            for run in cell.runs:
                _case(suite, phase, cell, run)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _case(suite: ElementTree.Element, phase: str, cell: Cell, run: Measured) -> None:
    took = "0" if math.isnan(run.seconds) else f"{run.seconds:.3f}"
    name = f"{cell.scenario.name} [{run.repeat}]"
    case = ElementTree.SubElement(suite, "testcase", classname=phase, name=name, time=took)
    wrong = _wrong(run)
    if wrong:
        ElementTree.SubElement(case, "failure", message=wrong).text = run.reason


def _wrong(run: Measured) -> str:
    """Why a run counts as failed; empty for one that doesn't."""
    if run.outcome != "done":
        return run.outcome
    if run.trust == "INVALID":
        return "INVALID: its numbers can't be used"
    missed = [f"{limit.text}: {limit.judgement}" for limit in run.limits if limit.judgement not in KEPT]
    return "; ".join(missed) or (f"{run.unfinished} jobs never seen done" if run.unfinished else "")
