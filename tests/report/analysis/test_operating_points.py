"""The load that leaves headroom lies below the one that broke, whatever the fit says."""

from pathlib import Path

import pytest

from report.analysis.operating_points import operating_points_of
from report.analysis.run import analyse
from report.analysis.steps.result import Capacity
from report.recording.run import read_run
from tests.simulate import simulate

STEPS = ["load.start=15", "load.step=15", "load.until=120", "load.hold=30s", "load.ramp=1s", "load.drain=60s"]
"""Offers 3, 6, 9 … 24 jobs/s where 12 are done."""


@pytest.mark.parametrize(("broke", "of"), [(4, "capacity"), (1, "sustained throughput")])
def test_a_service_that_fails_below_its_plateau(tmp_path: Path, broke: int, of: str) -> None:
    run = read_run(simulate(tmp_path, STEPS, stops=False))
    found = analyse(run)
    capacity = Capacity(found.steps[broke - 1], found.steps[broke])
    loads = operating_points_of(run.profile, found.holds, found.steps, capacity, found.saturated, found.completion)
    assert found.saturated and found.saturated.bend and loads and loads.optimal
    assert loads.optimal.of == of
    assert loads.optimal.clients < found.steps[broke].clients
