"""Five capacity searches against the real service: each near the truth, and their median nearer."""

import numpy as np
import pytest

from report.recording.run import read_run
from tests.live.searching import PROFILE, found_by, true_capacity

pytestmark = pytest.mark.soak


def test_five_searches(service, stepload, record_property):
    off = []
    for n in range(5):
        target = service("--workers", "4", "--queue-limit", "5000")
        run = stepload(target.url, "--set", f"seed={n + 1}", "--set", "load.hold=12s", profile=str(PROFILE))
        assert run.wait(300) == 0, run.text()
        off.append(found_by(run.folder) / true_capacity(read_run(run.folder), target) - 1)
    record_property("off", off)
    print("off by", ", ".join(f"{each:+.2%}" for each in off))
    assert np.max(np.abs(off)) <= 0.06
    assert abs(np.median(off)) <= 0.03
