"""What is said before the first job."""

import pytest

from load.preflight import completions_line
from profiles import load_profile


@pytest.mark.parametrize(
    ("profile", "overrides", "said"),
    [
        ("stepping", [], "A step completes 4,560 to 45,600 jobs at the most;"),
        ("smoke", ["load.clients=10", "load.hold=60s"], "A step completes 400 jobs at the most;"),
        ("batch", [], ""),
    ],
)
def test_how_sure_throughput_can_be(profile: str, overrides: list[str], said: str) -> None:
    line = completions_line(load_profile(profile, overrides)[0])
    assert line.startswith(said) and bool(line) == bool(said)
    assert not said or line.endswith("170 (CV 0.2), 1,067 (CV 0.5), 4,268 (CV 1), 9,604 (CV 1.5).")
