"""What is said before the first job."""

import pytest

from load.preflight import completions_line
from profiles import load_profile


@pytest.mark.parametrize(
    ("profile", "overrides", "said"),
    [
        ("stepping", [], "A step completes about 4,560 to 45,600 jobs if the service keeps up."),
        ("smoke", ["load.clients=10", "load.hold=60s"], "A step completes about 400 jobs if the service keeps up."),
        ("smoke", ["load.clients=1000", "load.hold=10m"], ""),
        ("batch", [], ""),
    ],
)
def test_how_sure_throughput_can_be(profile: str, overrides: list[str], said: str) -> None:
    line = completions_line(load_profile(profile, overrides)[0])
    assert line.startswith(said) and bool(line) == bool(said)
    assert not said or ("from 170 jobs" in line and "to 9,604" in line)
