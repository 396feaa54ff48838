"""A small valid profile to start from."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from profiles import Profile, validate

DOCUMENT: dict[str, Any] = {
    "name": "small",
    "api": {
        "submit": "POST /jobs",
        "status": "GET /jobs/{id}",
        "result": "GET /jobs/{id}/result",
        "states": {"waiting": ["QUEUED"], "running": ["RUNNING"], "succeeded": ["DONE"], "failed": ["FAILED"]},
    },
    "values": {"size": 3},
    "job": [
        {"kind": "fetch", "weight": 2, "json": {"n": "{{ size }}"}},
        {"kind": "sum", "json": {"list": [1, "{{ randint(1, 6) }}"]}},
    ],
    "tenant": [{"name": "a"}],
    "clients": {"submit_every": "2s", "poll_every": "500ms"},
    "load": {"shape": "step", "start": 10, "step": 5, "until": 30, "ramp": "1s", "hold": "1m", "drain": "5s"},
    "stop": [{"rule": "errors", "tolerate": 0.05}, {"when": "load1(target) > 3.0", "for": "30s", "then": "note"}],
    "limit": [{"that": "p95(status) < 200ms"}],
    "watch": [{"name": "target", "host": True}, {"name": "service", "process": {"port": "target"}}],
}


@pytest.fixture
def document() -> dict[str, Any]:
    """The profile as TOML reads it, to be changed freely."""
    return copy.deepcopy(DOCUMENT)


@pytest.fixture
def profile_with(document: dict[str, Any]) -> Callable[..., Profile]:
    """A valid profile with some top-level tables replaced."""
    return lambda **tables: validate(document | tables, "test.toml")
