"""One process that serves every shape, and the profiles of the corpus."""

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from profiles import Profile, validate
from profiles.overrides import Document
from tests.apis.serving import World, world

FOLDER = Path(__file__).parent / "profiles"
AROUND: dict[str, Any] = {
    "name": "corpus",
    "clients": {"submit_every": "1s", "poll_every": "30ms", "give_up_after": "10s"},
    "load": {"shape": "hold", "clients": 1, "hold": "1m"},
}
"""What a profile of the corpus leaves out: it says how a service is spoken to, and what is submitted."""


def document_of(name: str) -> Document:
    """One of the corpus as it stands in its file."""
    document = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    for job in document["job"]:
        if "upload" in job:
            job["upload"]["file"] = (FOLDER / job["upload"]["file"]).as_posix()
    return document


@pytest.fixture(scope="session")
def served() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def profile_of() -> Callable[..., Profile]:
    """A profile of the corpus, with some keys of [clients] changed."""

    def profile(name: str, **clients: Any) -> Profile:
        said = document_of(name)
        return validate(AROUND | said | {"clients": AROUND["clients"] | said.get("clients", {}) | clients}, f"{name}.toml")

    return profile
