"""The rooms of the house: which packages there are, in which order data flows through them, and how large they may be.

profiles ← report ← load ← locustfile.py; the service stands apart. Inside report and load a module imports its own room
or one that stands above it in ROOMS, and there are no circles.
"""

import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.house.sources import ROOT, functions, imports, inner_imports, modules, texts

ROOMS = (
    "profiles",
    "report.text",
    "report.glossary",
    "report.stats",
    "report.document",
    "report.recording",
    "report.measure",
    "report.rules",
    "report.analysis",
    "report.validity",
    "report.findings",
    "report.charts",
    "report.chapters",
    "report.render",
    "report.compose",
    "report.compare",
    "report.importers",
    "report.suite",
    "load.protocol",
    "load.http",
    "load.sampling",
    "load.jobs",
    "load.worker",
    "load.master",
    "load.commands",
    "load.suite",
    "load.cli",
)
"""Every package of report and load, and the modules that stand beside them; each may import itself and what stands above it. A package
inside a room belongs to it."""
APART = ("service", "templates")
"""They import nothing of ours but themselves."""
FOLDERS = ("profiles", "report", "load")
HEAVY = {"pandas", "matplotlib", "weasyprint", "pyarrow", "scipy.stats"}
"""What a worker must not load: it would cost each of them seconds at its start, and memory."""
MOST_MODULES, MOST_LINES, MOST_FUNCTION_LINES = 16, 250, 50
WITHOUT_PROSE = ("report.stats", "report.measure", "report.analysis")


def room_of(module: str) -> str | None:
    """The room that a module is in."""
    return next((room for room in ROOMS if module == room or module.startswith(f"{room}.")), None)


def test_every_package_is_placed() -> None:
    packages = {name for name, file in modules(*FOLDERS).items() if file.name == "__init__.py"} - {"report", "load"}
    assert len(packages) >= len(ROOMS) - 3
    assert {name for name in packages if room_of(name) is None} == set()
    assert {room for room in ROOMS if room not in modules(*FOLDERS)} == set()


def test_every_module_is_in_a_room() -> None:
    assert [name for name in modules(*FOLDERS) if room_of(name) is None] == ["report", "load"]
    assert not [name for name in ("report", "load") if modules(name)[name].read_text(encoding="utf-8").strip()]


def test_imports_go_one_way() -> None:
    rank = {room: number for number, room in enumerate(ROOMS)}
    arrows = [arrow for arrow in inner_imports(*FOLDERS) if room_of(arrow[0]) and room_of(arrow[2])]
    assert len(arrows) > 500
    assert [
        f"{module}:{line} imports {target}, which stands below it"
        for module, line, target in arrows
        if rank[str(room_of(target))] > rank[str(room_of(module))]
    ] == []


def test_imports_run_in_no_circle() -> None:
    arrows: dict[str, set[str]] = {name: set() for name in modules(*FOLDERS)}
    for module, _, target in inner_imports(*FOLDERS):
        if (module, target) not in DOORS:
            arrows[module].add(target)
    assert circles(arrows) == []


DOORS = {("profiles", target) for target in modules("profiles")}
"""The names that `profiles` hands on from its modules: these import its `__init__` for UserError alone, if at all."""


def circles(arrows: dict[str, set[str]]) -> list[str]:
    """Circles among modules, one after another, each opened at its last arrow."""
    found: list[str] = []
    while True:
        try:
            TopologicalSorter(arrows).prepare()
        except CycleError as error:
            *_, before, last = around = error.args[1][::-1]
            found.append(" → ".join(around))
            arrows[before].discard(last)
        else:
            return found


@pytest.mark.parametrize("folder", APART)
def test_what_stands_apart_imports_nothing_of_ours(folder: str) -> None:
    ours = {"profiles", "report", "load", "service", "templates", "locustfile", "tests"} - {folder}
    files = list((ROOT / folder).rglob("*.py"))
    assert files or folder == "templates", folder
    assert [
        f"{file.name}:{line} imports {name}" for file in files for line, name in imports(file) if name.split(".")[0] in ours
    ] == []


def test_nothing_imports_the_service_or_the_tests() -> None:
    assert [
        f"{module}:{line} imports {name}"
        for module, file in modules(*FOLDERS).items()
        for line, name in imports(file)
        if name.split(".")[0] in {"service", "tests", "locustfile"}
    ] == []


@pytest.mark.parametrize("module", sorted(modules("report/stats")))
def test_statistics_need_numpy_and_scipy_alone(module: str) -> None:
    foreign = [name for _, name in imports(modules("report/stats")[module]) if not name.startswith("report.stats.")]
    assert {name.split(".")[0] for name in foreign} - set(sys.stdlib_module_names) <= {"numpy", "scipy"}


def test_no_load_generator_outside_load() -> None:
    assert [
        f"{module}:{line} imports {name}"
        for module, file in modules("profiles", "report", "service").items()
        for line, name in imports(file)
        if name.split(".")[0] in {"locust", "gevent"}
    ] == []


@pytest.mark.parametrize("room", WITHOUT_PROSE)
def test_numbers_come_without_prose(room: str) -> None:
    own = {name: file for name, file in modules("report").items() if room_of(name) == room}
    assert own
    assert [f"{name}:{line} {text!r}" for name, file in own.items() for line, text in texts(file) if is_prose(text)] == []


def is_prose(text: str) -> bool:
    """Whether a text says something: three words or more in a row, some of them in lower case."""
    return bool(re.search(r"(?:\b[A-Za-z'’]+,? +){2,}[A-Za-z'’]+", text.replace("{}", "x"))) and any(map(str.islower, text))


def test_prose_is_known_by_its_words() -> None:
    assert all(map(is_prose, ("jobs were lost", "{} of {} jobs", "The step, held for {} s, was cut")))
    assert not any(map(is_prose, ("", "done_before", "p99 response", "jobs/s", "SUM(A) OVER B", "%Y-%m-%d %H:%M:%S")))


@pytest.mark.parametrize("folder", sorted({str(file.parent.relative_to(ROOT)) for file in modules(*FOLDERS, "service").values()}))
def test_a_folder_is_taken_in_at_a_glance(folder: str) -> None:
    held = [file for file in modules(*FOLDERS, "service").values() if file.parent == ROOT / folder and file.name != "__init__.py"]
    assert held or folder in {"report", "load"}
    assert len(held) <= MOST_MODULES


def test_a_module_fits_a_head() -> None:
    lines = {name: len(file.read_text(encoding="utf-8").splitlines()) for name, file in modules(*FOLDERS, "service").items()}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_a_function_fits_a_screen() -> None:
    sizes = {
        f"{module}.{each.name}": (each.end_lineno or 0) - each.lineno + 1
        for module, file in modules(*FOLDERS, "service").items()
        for each in functions(file)
    }
    assert len(sizes) > 1000
    assert {name: size for name, size in sizes.items() if size > MOST_FUNCTION_LINES} == {}


@pytest.mark.parametrize("wanted", ["load.worker.generator, load.worker.locust_user", "locustfile"])
def test_workers_stay_light(wanted: str) -> None:
    loaded = modules_after(f"import {wanted}")
    assert "load.worker.generator" in loaded
    assert loaded & HEAVY == set()


def test_reports_run_without_the_load_generator() -> None:
    loaded = modules_after("import " + ", ".join(modules("report")))
    assert "report.compose" in loaded
    assert not {"load", "locust", "gevent"} & {name.split(".")[0] for name in loaded}


def modules_after(statement: str) -> set[str]:
    """The modules that a fresh Python has loaded after one statement."""
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())
