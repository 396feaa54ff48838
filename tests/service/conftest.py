"""The service under test, as fixtures."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.serving import Service, starter, until


@pytest.fixture(name="until")
def until_fixture() -> Callable:
    return until


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Starts a service with these options; they share one folder, and so one truth log."""
    yield from starter(tmp_path)


@pytest.fixture(scope="module")
def start_shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Service]]:
    yield from starter(tmp_path_factory.mktemp("service"))
