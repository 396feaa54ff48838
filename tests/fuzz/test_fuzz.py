"""Damaged files end in what they still carry, or in one sentence: no traceback, whatever was edited.

A few inputs of each kind here, the same ones each time; `make fuzz` tries others for as long as it is told to.
"""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles import UserError

from .edits import EDITS, Edit, edited
from .targets import TARGETS, Target

EXAMPLES = 40


def attempt(target: Target, seed: bytes, edits: list[Edit]) -> None:
    """Read the edited file; a UserError must be one sentence that names it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"it{target.ending}"
        file.write_bytes(edited(seed, edits))
        try:
            target.read(file)
        except UserError as error:
            assert "\n" not in str(error) and folder in str(error), str(error)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_damaged_files(target: Target) -> None:
    @settings(max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(target.seeds()), EDITS)
    def run(seed: bytes, edits: list[Edit]) -> None:
        attempt(target, seed, edits)

    run()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_the_seeds_are_read(target: Target, tmp_path: Path) -> None:
    if target.name == "locust":
        return  # its history alone is refused, which is a test of its own
    for place, seed in enumerate(target.seeds()):
        folder = tmp_path / str(place)
        folder.mkdir()
        file = folder / f"it{target.ending}"
        file.write_bytes(seed)
        target.read(file)
