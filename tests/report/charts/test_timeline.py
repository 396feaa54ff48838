"""What figures over time share: the load as stairs, the steps as bands."""

import numpy as np
import pytest

from report.analysis.run import Analysis
from report.charts.timeline import clients_panel, stairs, timeline


def test_the_load_rises_and_falls_as_it_was_held(breaks: Analysis) -> None:
    x, y = stairs(breaks)
    assert np.all(np.diff(x) >= 0) and x[-1] == breaks.run.end and y[-1] == 0
    for step in breaks.steps:
        start, end = step.hold or (0.0, 0.0)
        assert np.interp((start + end) / 2, x, y) == pytest.approx(step.clients)


def test_each_step_is_a_band_between_its_own_ends(breaks: Analysis) -> None:
    chart = timeline("a", "b", "c", [clients_panel(breaks)], breaks)
    baseline, *bands = chart.bands
    assert baseline.level == "note" and baseline.text == "1"
    assert [(band.start, band.end) for band in bands] == [step.hold for step in breaks.steps]
    assert [band.level for band in bands] == ["good", "good", "bad"]
    assert [mark.x for mark in chart.marks] == [fired.at for fired in breaks.fired]
