"""Work of a known amount, by every strategy: done whole, told truly, and ended with the service."""

import itertools
import signal
import subprocess
import sys

import psutil
import pytest

from service.tasks import BadTask, checked
from service.work import KINDS
from tests.serving import PATIENCE, ROOT

STRATEGIES = ("async", "thread", "process", "auto")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_kind_of_work(start, strategy):
    service = start("--strategy", strategy, "--workers", 2)
    tasks = {kind: service.submit(kind, seconds=0.2) for kind in KINDS}
    for kind, task in tasks.items():
        assert service.wait(task)["status"] == "SUCCEEDED", service.result(task)
        assert 0.2 <= service.result(task) < (0.4 if kind == "cpu" else PATIENCE)
        events = {row["event"]: float(row["monotonic"]) for row in service.truth(task)}
        assert events["end"] - events["start"] >= 0.2
    assert service.end() == 0
    assert service.stderr() == ""


@pytest.mark.parametrize("strategy", ["async", "thread", "process"])
def test_work_on_the_processor_is_done_in_full_however_many_share_it(start, strategy):
    """Four tasks of 0.3 s of processor time take 1.2 s of it, whoever runs them."""
    service = start("--strategy", strategy, "--workers", 4)
    process = psutil.Process(service.process.pid)
    before = spent(process)
    tasks = [service.submit("cpu", seconds=0.3) for _ in range(4)]
    assert {service.wait(task)["status"] for task in tasks} == {"SUCCEEDED"}
    assert spent(process) - before >= 1.2 * 0.98


def spent(process: psutil.Process) -> float:
    """Processor seconds of a process and those below it."""
    return sum(sum(each.cpu_times()[:2]) for each in [process, *process.children(recursive=True)])


def test_waiting_work_runs_at_once_in_a_loop_and_in_threads(start):
    """Twenty waits of a second, each in a slot of its own, overlap: nothing in the service holds them up."""
    for strategy in ("async", "thread"):
        service = start("--strategy", strategy, "--workers", 20)
        tasks = [service.submit("io", seconds=1.0) for _ in range(20)]
        for task in tasks:
            service.wait(task)
        rows = [[row for row in service.truth(task) if row["event"] != "enqueue"] for task in tasks]
        starts, ends = ([float(row[i]["monotonic"]) for row in rows] for i in (0, 1))
        assert max(starts) < min(ends)
        service.end()


@pytest.mark.parametrize(("strategy", "number"), list(itertools.product(STRATEGIES, (signal.SIGTERM, signal.SIGKILL))))
def test_nothing_outlives_it(start, until, strategy, number):
    service = start("--strategy", strategy, "--workers", 2)
    for kind in KINDS[:3]:
        service.submit(kind, seconds=60)
    until(lambda: service.client.get("/health").json()["running"] == 2)
    family = psutil.Process(service.process.pid).children(recursive=True)
    pythons = [each for each in family if "sleep" not in each.name()]
    service.end(number)
    until(lambda: not [each for each in (family if number == signal.SIGTERM else pythons) if each.is_running() and
                       each.status() != psutil.STATUS_ZOMBIE])  # fmt: skip
    for each in family:  # Commands of a service that was killed sleep on.
        if each.is_running():
            each.kill()


@pytest.mark.parametrize("args", [{"seconds": -1}, {"seconds": "1"}, {"seconds": True}, {"seconds": 601}, {"n": 1}])
def test_bad_work_is_refused(args):
    with pytest.raises(BadTask):
        checked("cpu", args)
    assert checked("io", {}) == {"seconds": 1.0}


def test_an_unknown_strategy_is_refused():
    done = subprocess.run(
        [sys.executable, "-m", "service", "--strategy", "magic"], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 2 and "invalid choice: 'magic'" in done.stderr
