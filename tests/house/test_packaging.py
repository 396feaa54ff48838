"""The wheel holds all that stepload needs, under one name, and works away from the clone."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_SOURCE = (".*", "__pycache__", "*.egg-info", "build", "dist", "results", "tests")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that the clone stays clean."""
    source, out = tmp_path_factory.mktemp("source") / "clone", tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*NOT_SOURCE))
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), cwd=source)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the wheel alone, installed."""
    folder = tmp_path_factory.mktemp("installed")
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-index")
    run(sys.executable, "-m", "pip", "install", *options, "--target", str(folder), str(wheel), cwd=folder)
    return folder


def test_the_only_top_level_name_is_stepload(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert tops == {"stepload", f"stepload-{version()}.dist-info"}


def test_all_files_come_along(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("stepload/")}
    folders = ("profiles", "load", "report", "templates", "service")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*") if file.is_file()]
    files += [ROOT / "__main__.py", ROOT / "locustfile.py", ROOT / "py.typed"]
    paths = {f"stepload/{file.relative_to(ROOT).as_posix()}" for file in files if "__pycache__" not in file.parts}
    assert packed == paths
    assert {"stepload/profiles/stepping.toml", "stepload/load/worker/generator.py"} <= packed


def test_works_away_from_the_clone(installed: Path, tmp_path: Path) -> None:
    commands = ([sys.executable, "-m", "stepload"], [sys.executable, str(installed / "bin" / "stepload")])
    for command in commands:
        assert "demo" in run(*command, "--help", cwd=tmp_path, path=installed)
    ask = "import stepload.__main__ as m; print(m.__file__)"
    found = run(sys.executable, "-c", ask, cwd=tmp_path, path=installed)
    assert Path(found.strip()) == installed / "stepload" / "__main__.py"


def test_works_in_the_clone_and_beside_it(tmp_path: Path) -> None:
    assert "demo" in run(sys.executable, ".", "--help", cwd=ROOT)
    assert "demo" in run(sys.executable, str(ROOT / "__main__.py"), "--help", cwd=tmp_path)


def version() -> str:
    """The version that the code says it has."""
    return run(sys.executable, "-c", "from report.recording.version import VERSION; print(VERSION)", cwd=ROOT).strip()


def run(*command: str, cwd: Path, path: Path | None = None) -> str:
    """Run a command that must succeed, and return what it printed; `path` goes on Python's search path."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if path is not None:
        environ["PYTHONPATH"] = str(path)
    done = subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
