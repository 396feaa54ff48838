"""Ten minutes of steady load: memory stays flat, nothing is lost."""

import numpy as np
import pytest

from report.runfolder import read_run
from tests.live.reconciling import reconcile

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("workers", [1, 2])
def test_memory_does_not_grow_with_the_length_of_a_run(service, stepload, workers):
    target = service("--workers", "50", "--content-delay", "0.01", "--queue-limit", "5000")
    settings = ["--set", "load.clients=40", "--set", "clients.submit_every=400ms", "--set", "load.hold=10m"]
    run = stepload(target.url, "--workers", workers, "--only", "factorial", *settings)
    assert run.wait(720) == 0, run.text()
    assert set(reconcile(run.folder, target)) == {"succeeded"}
    samples = read_run(run.folder).samples
    for source in {name for name in samples["source"] if name.startswith("generator-")}:
        rss = samples[(samples["source"] == source) & (samples["metric"] == "rss")]
        early = rss[(rss["t"] > 150) & (rss["t"] < 240)]["value"]
        late = rss[rss["t"] > 500]["value"]
        assert np.median(late) < np.median(early) + 8e6, f"{source} grew"
