"""What CONTRIBUTING and the architecture's page say of the code: the paths are there, and the lists hold what is to be listed."""

import re
import tomllib
from importlib import import_module

import pytest

from profiles import stops
from report.rules.registry import BUILT_IN
from tests.house.sources import ROOT, modules
from tests.house.test_docs import table, words
from tests.house.test_rooms import ROOMS

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
TO_ADD = table(PAGE, "To add a …")


@pytest.mark.parametrize("row", TO_ADD, ids=lambda row: row[0])
def test_what_is_to_be_touched_is_there(row: list[str]) -> None:
    paths = [word for cell in row[1:] for word in words(cell) if "/" in word and "NAME" not in word]
    assert len(paths) >= 2
    assert [path for path in paths if not (ROOT / path).is_file()] == []
    folders = [word.rpartition("/")[0] for word in words(row[1]) if "NAME" in word]
    assert all((ROOT / folder).is_dir() for folder in folders)


@pytest.mark.parametrize("row", TO_ADD, ids=lambda row: row[0])
def test_the_lists_are_there_and_hold_something(row: list[str]) -> None:
    path, *lists = words(row[2])
    module = import_module(path.removesuffix(".py").replace("/", "."))
    assert lists and all(getattr(module, name) for name in lists)


def test_what_would_be_forgotten() -> None:
    """Every kind of thing that the project has a list of is in the table."""
    lists = {word for row in TO_ADD for word in words(row[2])}
    registries = {
        file.relative_to(ROOT).as_posix() for name, file in modules("report", "load").items() if name.endswith(".registry")
    }
    assert registries
    assert registries - lists <= {"report/rules/registry.py"}, "it finds the files of profiles/stops.py's names by itself"


def test_a_rule_is_in_the_file_of_its_name() -> None:
    assert list(BUILT_IN) == list(stops.RULES)
    assert [rule for rule in stops.RULES if f"report.rules.{rule.replace('-', '_')}" not in modules("report")] == []


def test_the_commands_are_there() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^    |`)make ([a-z-]+)", PAGE, re.MULTILINE))
    assert named and named <= targets
    files = re.findall(r"pytest (tests/\S+?\.py)", PAGE)
    assert files and all((ROOT / file).is_file() for file in files)


def test_the_architecture_names_every_room_in_order() -> None:
    rooms = [words(row[0])[0] for row in table(ARCHITECTURE, "The rooms")]
    assert [room.removesuffix(".py").replace("/", ".") for room in rooms] == list(ROOMS)
    assert all((ROOT / room).exists() for room in rooms)


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"])
def test_files_that_pages_name_are_there(page: str) -> None:
    named = re.findall(r"`((?:profiles|report|load|tests|docs|tools)/[\w./-]+)`", (ROOT / page).read_text(encoding="utf-8"))
    assert [path for path in named if "NAME" not in path and not (ROOT / path).exists()] == []


def test_every_package_is_packed() -> None:
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    known = {
        name for name, file in modules("profiles", "load", "report", "service", "templates").items() if file.name == "__init__.py"
    }
    assert set(packed) == {"stepload", *(f"stepload.{name}" for name in known)}


def test_the_changelog_has_this_version() -> None:
    version = import_module("report.recording.version").VERSION
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == "Unreleased" and version in headings
