"""The list of figures: each is called what it is listed as, stands in a chapter, and findings name no others."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from report.analysis.run import Analysis, analyse
from report.charts.registry import FIGURES, PAGE_1, Figure, drawn, figures_of, is_listed
from report.compose import compose
from report.document.report import Report
from report.findings import evidence
from report.findings.trust import FIGURES as OF_CHECKS
from report.recording.run import read_run
from tests.report import kinds

ROOT = Path(__file__).resolve().parents[3]
COMPARISON = {"times"}
"""Figures of documents that are not of one run."""


def naming() -> dict[str, int]:
    """Functions that take names of figures: at which place of their arguments these begin."""
    places = {"named": 0}
    for name, function in inspect.getmembers(evidence, inspect.isfunction):
        kinds_ = [parameter.kind for parameter in inspect.signature(function).parameters.values()]
        if inspect.Parameter.VAR_POSITIONAL in kinds_:
            places[name] = kinds_.index(inspect.Parameter.VAR_POSITIONAL)
    return places


def figures_named() -> Iterator[tuple[str, str]]:
    """(place in the code, name) of every figure that a finding names in so many words."""
    places = naming()
    for file in sorted((ROOT / "report").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in places:
                for argument in node.args[places[node.func.id] :]:
                    for part in ast.walk(argument):
                        if isinstance(part, ast.JoinedStr):
                            yield f"{file.name}:{node.lineno}", f"{part.values[0].value}1"  # type: ignore[attr-defined]
                        elif isinstance(part, ast.Constant) and isinstance(part.value, str) and not part.value.endswith("-"):
                            yield f"{file.name}:{node.lineno}", part.value


def test_findings_name_figures_that_there_are() -> None:
    found = list(figures_named())
    assert len({name for _, name in found}) > 6
    assert not [(place, name) for place, name in found if not (is_listed(name) or name in COMPARISON)]
    assert all(is_listed(name) for names in OF_CHECKS.values() for name in names)


@pytest.fixture(scope="module")
def reports(breaks: Analysis, tmp_path_factory: pytest.TempPathFactory) -> list[Report]:
    folder = tmp_path_factory.mktemp("kinds")
    runs = [read_run(make(folder / make.__name__)) for make in (kinds.leaking, kinds.spiked, kinds.tenants)]
    return [compose(run) for run in (breaks.run, *runs)]


def test_every_figure_is_called_what_it_is_listed_as_and_stands_where_it_is_listed(reports: list[Report]) -> None:
    seen = set()
    for report in reports:
        for chart, place in [(report.hero, PAGE_1), *((b, s.id) for s in report.sections for b in s.blocks if b.kind == "chart")]:
            assert chart is not None
            name = chart.name.rstrip("-0123456789")
            seen.add(name)
            (figure,) = (each for each in FIGURES if each.name == name)
            assert figure.chapter == place
    assert seen >= {"overview", "load", "throughput", "in_flight", "latency", "service_time", "resources"}
    assert seen >= {"leaks", "recovery", "tenants"}


def test_names_and_chapters(reports: list[Report]) -> None:
    assert len({figure.name for figure in FIGURES}) == len(FIGURES)
    known = {section.id for report in reports for section in report.sections}
    assert {figure.chapter for figure in FIGURES} - {PAGE_1} <= known


def test_a_figure_that_is_listed_is_shown_by_its_chapter(monkeypatch: pytest.MonkeyPatch, breaks: Analysis) -> None:
    """A figure needs its module and its line in the list, nothing else."""
    (like,) = drawn("throughput", breaks)
    fresh = Figure("fresh", "latency", lambda _: like.model_copy(update={"name": "fresh"}))
    monkeypatch.setattr("report.charts.registry.FIGURES", (*FIGURES, fresh))
    assert [chart.name for chart in figures_of("latency", breaks)][-1] == "fresh"
    report = compose(breaks.run)
    (section,) = (section for section in report.sections if section.id == "latency")
    assert section.blocks[-1].kind == "chart" and section.blocks[-1].name == "fresh" and section.blocks[-1].number


def test_a_name_that_is_not_listed(breaks: Analysis) -> None:
    assert not is_listed("overvew")
    with pytest.raises(KeyError):
        drawn("overvew", breaks)


def test_a_run_without_rows_has_no_figures(tmp_path: Path, breaks_folder: Path) -> None:
    import shutil

    from tests.altering import crash

    folder = Path(shutil.copytree(breaks_folder, tmp_path / "empty"))
    crash(folder, requests=0, jobs=0, samples=0, events=0)
    analysis = analyse(read_run(folder))
    assert not [chart for figure in FIGURES for chart in drawn(figure.name, analysis)]
