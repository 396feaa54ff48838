"""Imports go one way: profiles ← report ← load ← locustfile.py; the service stands apart, workers stay light."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {"profiles", "report", "load", "service", "templates", "locustfile", "tests"}
MAY_IMPORT = {
    "profiles": {"profiles"},
    "report": {"profiles", "report", "templates"},
    "load": {"profiles", "report", "load"},
    "service": {"service"},
    "templates": set(),
}
HEAVY = {"pandas", "matplotlib", "weasyprint", "pyarrow"}


def imported(file: Path) -> Iterator[tuple[int, str]]:
    """(line, top-level name) of everything that a file imports, wherever in it that stands."""
    own = file.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name.split(".")[0]) for alias in names)
            case ast.ImportFrom(module=module, level=0):
                yield node.lineno, str(module).split(".")[0]
            case ast.ImportFrom(module=module, level=level, names=names):
                base = own[: len(own) - level + 1]
                yield node.lineno, base[0] if base else str(module or names[0].name).split(".")[0]


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_direction(folder: str) -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {name}"
        for file in sorted((ROOT / folder).rglob("*.py"))
        for line, name in imported(file)
        if name in OURS - MAY_IMPORT[folder]
    ]
    assert not wrong


@pytest.mark.parametrize("file", sorted((ROOT / "report" / "stats").glob("*.py")), ids=lambda file: file.stem)
def test_statistics_need_numpy_and_scipy_alone(file: Path) -> None:
    assert {name for _, name in imported(file)} - set(sys.stdlib_module_names) <= {"numpy", "scipy", "report"}
    inner = {node.module for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ImportFrom) and node.level}
    assert all("." not in str(module) for module in inner)


@pytest.mark.parametrize("folder", ["profiles", "report", "service"])
def test_no_load_generator_outside_load(folder: str) -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {name}"
        for file in sorted((ROOT / folder).rglob("*.py"))
        for line, name in imported(file)
        if name in {"locust", "gevent"}
    ]
    assert not wrong


@pytest.mark.parametrize("modules", ["load.worker.generator, load.worker.locust_user", "locustfile"])
def test_workers_stay_light(modules: str) -> None:
    loaded = modules_after(f"import {modules}")
    assert "load.worker.generator" in loaded
    assert not HEAVY & {name.split(".")[0] for name in loaded}


def test_reports_run_without_the_load_generator() -> None:
    files = sorted((ROOT / "report").rglob("[!_]*.py"))
    assert files
    loaded = modules_after("import " + ", ".join(".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files))
    assert not {"load", "locust", "gevent"} & {name.split(".")[0] for name in loaded}


def modules_after(statement: str) -> set[str]:
    """The modules that a fresh Python has loaded after one statement."""
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())
