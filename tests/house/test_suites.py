"""docs/suites.md says what the code says: every key, default, option and file of a suite."""

import inspect
import re

import pytest
from pydantic import BaseModel
from typer.models import OptionInfo

from load.cli.suite import suite
from profiles.suites import model
from report.suite.folder import PLAN, RUNS, STATE, SUITE
from tests.house.test_docs import DOCS, default, fields, names, table

PAGE = (DOCS / "suites.md").read_text(encoding="utf-8")
TABLES: dict[str, type[BaseModel]] = {
    "The file": model.Suite,
    "service": model.Service,
    "phase": model.Phase,
    "phase.exception": model.Special,
    "phase.scenario": model.Scenario,
}


@pytest.mark.parametrize("heading", TABLES)
def test_tables(heading: str) -> None:
    rows, expected = table(PAGE, heading), fields(TABLES[heading])
    assert names(rows) == list(expected)
    told = {row[0]: row[2].replace("`[]`", "`()`") for row in rows}
    assert told == {f"`{name}`": default(field).replace("`[]`", "`()`") for name, field in expected.items()}


def test_options() -> None:
    rows = table(PAGE, "Suites")
    told = {re.sub(r" .*", "", name) for name in names(rows)}
    parameters = inspect.signature(suite).parameters.values()
    options = [(each.name, next(meta for meta in each.annotation.__metadata__)) for each in parameters]
    known = {(info.param_decls or [f"--{name.replace('_', '-')}"])[0] for name, info in options if isinstance(info, OptionInfo)}
    assert told == {"--list" if name == "--list-" else name for name in known}


def test_files() -> None:
    assert names(table(PAGE, "The folder"))[:5] == [SUITE, PLAN, STATE, f"{RUNS}/", "report/"]
