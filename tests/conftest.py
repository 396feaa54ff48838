"""Golden files: documents that are compared with what was committed, and rewritten with `pytest --update-golden`."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
