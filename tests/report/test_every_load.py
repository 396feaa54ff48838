"""Every profile that comes along gets a report, whatever the shape of its load."""

import re
from pathlib import Path

import pytest

from profiles.read import FOLDER
from report.compose import compose
from report.recording.run import read_run
from report.render.svg import draw
from tests.simulate import Service, simulate

LOADS = {
    "demo": ["load.hold=10s"],
    "smoke": [],
    "spike": ["load.hold=20s"],
    "endurance": ["load.hold=60s"],
    "stepping-think": ["load.hold=20s", "load.until=80"],
}


@pytest.mark.parametrize("name", LOADS)
def test_report(tmp_path: Path, name: str) -> None:
    profile = tmp_path / f"{name}.toml"
    resolved = re.sub(r"of_capacity = .*\nfrom = .*", "clients = 36", (FOLDER / f"{name}.toml").read_text())
    profile.write_text(resolved)
    report = compose(read_run(simulate(tmp_path / "run", LOADS[name], Service(), profile=profile)))
    assert len(report.answers) == 4
    for chart in report.charts:
        assert draw(chart).endswith("</svg>\n")
