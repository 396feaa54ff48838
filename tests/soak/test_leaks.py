"""A service that forgets to close files, and the same service when it doesn't: ten minutes each."""

import json

import pytest

pytestmark = pytest.mark.soak

SHARE = 0.05
LOAD = ("--set", "load.shape=hold", "--set", "load.clients=40", "--set", "load.hold=10m", "--set", "method.leak_min=8m")
BUSY = ("--set", "stop=[]", "--set", "limit=[]")
"""How fast a busy machine answers, or that it drops a connection, says nothing about leaks."""


@pytest.fixture
def leaks(service, stepload):
    """The leak finding of ten minutes at 40 jobs/s, and the descriptors left open per 1,000 jobs by the service's own count."""

    def run(*faults):
        target = service("--workers", "50", "--queue-limit", "5000", *faults)
        before = fds_of(target)
        loaded = stepload(target.url, "--only", "factorial", *LOAD, *BUSY)
        assert loaded.wait(760) == 0, loaded.text()
        report = json.loads((loaded.folder / "report" / "report.json").read_text())
        jobs = sum(row["event"] == "end" for row in target.truth())
        found = next(answer for answer in report["answers"] if answer["subject"] == "Leaks")
        return found, (fds_of(target) - before) / jobs * 1000

    return run


def fds_of(target) -> int:
    import psutil

    return psutil.Process(target.process.pid).num_fds()


def test_forgotten_descriptors_are_found(leaks):
    found, truth = leaks("--leak-fds", SHARE)
    print(found, truth)
    assert found["level"] == "bad" and "Open files of service" in found["sentence"]
    assert abs(found["numbers"]["per_1000_jobs"] - truth) <= 0.15 * truth
    soonest, latest = found["intervals"]["seconds_left"]
    assert soonest <= found["numbers"]["seconds_left"] and (latest is None or found["numbers"]["seconds_left"] <= latest)
    assert f"limit of {found['numbers']['limit']:,.0f}" in found["sentence"]


def test_without_the_leak_nothing_is_found(leaks):
    found, truth = leaks()
    print(found, truth)
    assert found["level"] in ("good", "note") and "open files of service grew" not in found["sentence"]
