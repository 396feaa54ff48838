"""Golden files (rewritten with `pytest --update-golden`), a small profile, and rows to fill in."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from profiles import Profile, validate
from report.recording.rows import JobRow, RequestRow
from tests.small import DOCUMENT

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew instead of comparing")
    parser.addoption("--soak-minutes", type=float, default=30, help="how long a run is whose memory is watched")


@pytest.fixture(scope="session")
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """golden(name, text): fail unless the committed file says the same (numbers in JSON to nine digits)."""
    update = bool(request.config.getoption("--update-golden"))

    def compare(name: str, text: str) -> None:
        file = GOLDEN / name
        if update:
            GOLDEN.mkdir(exist_ok=True)
            file.write_text(text)
        expected = file.read_text()
        if name.endswith(".json"):
            assert not list(differences(json.loads(expected), json.loads(text)))
        else:
            assert text.splitlines() == expected.splitlines()

    return compare


def differences(one: Any, other: Any, place: str = "") -> Any:
    """Where two JSON documents differ, numbers compared to nine digits (sums differ in the last ones by processor)."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key in one:
            yield from differences(one[key], other[key], f"{place}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for i, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{place}[{i}]")
    elif isinstance(one, float) and isinstance(other, float):
        if not math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12):
            yield f"{place}: {one!r} != {other!r}"
    elif one != other:
        yield f"{place}: {one!r} != {other!r}"


@pytest.fixture
def profile_with() -> Callable[..., Profile]:
    """A valid profile; a table given by name is laid over what is there."""

    def profile(**tables: Any) -> Profile:
        merged = {
            name: DOCUMENT[name] | table if isinstance(table, dict) and name != "load" else table
            for name, table in tables.items()
        }
        return validate(DOCUMENT | merged, "test.toml")

    return profile


@pytest.fixture
def request_row() -> Callable[..., RequestRow]:
    """A row of requests.csv."""

    def row(**changed: Any) -> RequestRow:
        usual = {"job": "1-1", "due": 1.0, "sent": 1.0, "seconds": 0.01, "worker": 1, "endpoint": "status", "kind": "sum",
                 "tenant": "", "code": 200, "ok": True, "state": "RUNNING", "bytes": 120, "error": ""}  # fmt: skip
        return RequestRow(**usual | changed)

    return row


@pytest.fixture
def job_row() -> Callable[..., JobRow]:
    """A row of jobs.csv."""

    def row(**changed: Any) -> JobRow:
        usual = {"job": "1-1", "id": "x", "kind": "sum", "tenant": "", "worker": 1, "due": 1.0, "sent": 1.0,
                 "accepted": 1.1, "done_after": 2.0, "done_before": 2.5, "ended": 2.6, "created": None, "started": None,
                 "finished": None, "outcome": "succeeded", "polls": 2, "bytes_up": 10, "bytes_down": 90,
                 "error": ""}  # fmt: skip
        return JobRow(**usual | changed)

    return row


@pytest.fixture
def with_stops(profile_with: Callable[..., Profile]) -> Callable[..., Profile]:
    """A profile of a steady load, so that no rule but that on outages is added unasked, with these stop conditions."""

    def profile(*stops: dict[str, Any], **tables: Any) -> Profile:
        return profile_with(**{"load": {"shape": "hold", "clients": 10, "hold": "60s"}, "stop": list(stops), **tables})

    return profile
