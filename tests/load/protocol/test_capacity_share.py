"""A share of a capacity that an earlier run found."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from load.protocol.settled_profile import settled_profile
from profiles import UserError


def found(folder: Path, value: float | None, age: int = 0, **more: Any) -> Path:
    """A run folder whose report found this capacity, `age` seconds old."""
    (folder / "report").mkdir(parents=True)
    capacity = {"value": value, "method": "sustained", "clients": 40, "at_least": False} | more if value else None
    (folder / "report" / "report.json").write_text(json.dumps({"capacity": capacity}))
    (folder / "run.json").write_text("{}")
    os.utime(folder / "run.json", (1e9 - age, 1e9 - age))
    return folder


def settled(source: Path, *more: str) -> Any:
    return settled_profile("endurance", [f"load.from={json.dumps(str(source))}", *more], None)


def test_a_share_of_a_capacity_with_its_interval(tmp_path: Path) -> None:
    run = found(tmp_path / "run", 12.06, method="saturation", low=11.9, high=12.31)
    profile, document, said = settled(run)
    assert profile.load.clients == 36 and document["load"]["clients"] == 36
    assert "from" not in document["load"]
    assert said == f"60 % of 12.1 jobs/s (11.9 to 12.3), which {run} found: 36 clients, 7.20 jobs/s offered"


def test_waiting_clients_are_a_share_of_those_at_the_knee(tmp_path: Path) -> None:
    assert settled(found(tmp_path / "run", 12.0, clients=100), "clients.mode=think").profile.load.clients == 60


def test_the_newest_run_that_found_one(tmp_path: Path) -> None:
    found(tmp_path / "old", 20.0, age=100)
    newer = found(tmp_path / "newer", 10.0, age=50)
    found(tmp_path / "newest", None)
    (tmp_path / "unreported").mkdir()
    profile, _, said = settled(tmp_path)
    assert profile.load.clients == 30
    assert str(newer) in said


def test_a_capacity_said_in_the_profile() -> None:
    profile, _, said = settled_profile("endurance", ["load={shape='hold', of_capacity=0.5, capacity=9.0}"], None)
    assert profile.load.stages()[0].clients == 22
    assert said.startswith("50 % of 9.00 jobs/s: 22 clients")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none", "no such folder; find one with `stepload run capacity`"),
        ("empty", "no run there found a capacity; find one with `stepload run capacity`"),
        ("unreported", "the run has no report; make one with `stepload report "),
        ("without", "that run found no capacity"),
    ],
)
def test_no_capacity_to_take_a_share_of(tmp_path: Path, name: str, said: str) -> None:
    found(tmp_path / "without", None)
    (tmp_path / "empty").mkdir()
    (tmp_path / "unreported").mkdir()
    (tmp_path / "unreported" / "run.json").write_text("{}")
    with pytest.raises(UserError) as caught:
        settled(tmp_path / name)
    assert f"load.from = {str(tmp_path / name)!r}: {said}" in str(caught.value)
