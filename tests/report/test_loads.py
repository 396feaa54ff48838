"""Every shape of load and every profile that comes along gets a report."""

from pathlib import Path

import pytest

from report.compose import compose
from report.document import Chart
from report.figures import draw
from report.runfolder import read_run
from tests.simulate import Service, simulate

LOADS = {
    "demo": ["load.hold=10s"],
    "smoke": [],
    "spike": ["load.hold=20s"],
    "endurance": ["load.capacity=10", "load.hold=60s"],
    "stepping-think": ["load.hold=20s", "load.until=80"],
}


@pytest.mark.parametrize("profile", LOADS)
def test_report(tmp_path: Path, profile: str) -> None:
    from profiles import UserError

    overrides = LOADS[profile]
    try:
        folder = simulate(tmp_path, overrides, Service(), profile=profile)
    except UserError as error:
        pytest.fail(str(error))
    report = compose(read_run(folder))
    assert len(report.answers) == 4
    for chart in report.charts:
        assert isinstance(chart, Chart) and draw(chart).endswith("</svg>\n")
