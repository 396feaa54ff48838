"""Many jobs in flight on few greenlets: each step when it is due, none lost, whatever ends them."""

import itertools
import time

import gevent
import pytest

from load.http.departures import Departures
from load.jobs.in_flight import InFlight
from load.jobs.life import Life

PATIENCE = 20.0


def life(number: int) -> Life:
    return Life(number, f"1-{number}", "sum", "", 0.0)


class Steps:
    """Jobs of so many steps, each of which takes a while and is due a while later."""

    def __init__(self, steps: int, takes: float = 0.0, apart: float = 0.0) -> None:
        self._steps, self._takes, self._apart = steps, takes, apart
        self._numbers = itertools.count()
        self.taken: dict[str, int] = {}
        self.late: list[float] = []
        self.due: dict[str, float] = {}
        self.over: list[str] = []
        self.abandoned: list[str] = []
        self.out = self.most_out = 0
        self.in_flight = InFlight(self.advance, self.abandon, time.monotonic, Departures())

    def advance(self, job: Life) -> float | None:
        if job.job in self.due:
            self.late.append(time.monotonic() - self.due[job.job])
        self.out += 1
        self.most_out = max(self.most_out, self.out)
        try:
            gevent.sleep(self._takes)
        except gevent.GreenletExit:
            self.abandon(job)
            return None
        finally:
            self.out -= 1
        self.taken[job.job] = self.taken.get(job.job, 0) + 1
        if self.taken[job.job] == self._steps:
            self.over.append(job.job)
            return None
        self.due[job.job] = time.monotonic() + self._apart
        return self.due[job.job]

    def abandon(self, job: Life) -> None:
        self.abandoned.append(job.job)

    def start(self, jobs: int) -> list[Life]:
        lives = [life(next(self._numbers)) for _ in range(jobs)]
        for each in lives:
            self.in_flight.start(each)
        return lives

    def until_empty(self) -> None:
        with gevent.Timeout(PATIENCE):
            while len(self.in_flight):
                gevent.sleep(0.005)


def test_every_job_takes_every_step_and_none_early() -> None:
    steps = Steps(4, takes=0.002, apart=0.02)
    steps.start(300)
    assert len(steps.in_flight) == 300
    steps.until_empty()
    assert set(steps.taken.values()) == {4}
    assert len(steps.over) == 300 == len(set(steps.over))
    assert len(steps.late) == 3 * 300 and min(steps.late) >= 0


def test_jobs_that_wait_need_no_greenlet() -> None:
    steps = Steps(2, apart=60.0)
    for _ in range(200):
        steps.start(1)
        gevent.sleep(0.0002)
    assert len(steps.in_flight) == 200
    assert len(steps.in_flight._idle) < 20
    steps.in_flight.kill()


def test_a_job_that_is_due_sooner_doesnt_wait_for_the_others() -> None:
    """The timer is set for the first of them, also where that one comes last."""
    order: list[int] = []
    first = {0: 0.05, 1: 0.02, 2: 0.03}

    def advance(job: Life) -> float | None:
        if job.number in first:
            return time.monotonic() + first.pop(job.number)
        order.append(job.number)
        return None

    in_flight = InFlight(advance, lambda _job: None, time.monotonic, Departures())
    for number in range(3):
        in_flight.start(life(number))
    with gevent.Timeout(PATIENCE):
        while len(in_flight):
            gevent.sleep(0.005)
    assert order == [1, 2, 0]


@pytest.mark.parametrize(("takes", "apart"), [(60.0, 0.0), (0.0, 60.0)], ids=["out with a request", "waiting for the next"])
def test_killed_jobs_are_abandoned_once(takes: float, apart: float) -> None:
    steps = Steps(2, takes, apart)
    steps.start(50)
    gevent.sleep(0.01)
    steps.start(50)  # these haven't begun when they are killed
    steps.in_flight.kill()
    assert len(steps.in_flight) == 0
    assert sorted(steps.abandoned) == sorted(f"1-{number}" for number in range(100))


def test_a_client_waits_for_its_own_job() -> None:
    steps = Steps(3, takes=0.002, apart=0.005)
    seen: list[bool] = []

    def client(job: Life) -> None:
        steps.in_flight.start(job)
        steps.in_flight.wait_for(job)
        seen.append(steps.taken[job.job] == 3)
        steps.in_flight.wait_for(job)  # over already

    waiting = [gevent.spawn(client, life(number)) for number in range(20)]
    gevent.joinall(waiting, timeout=PATIENCE, raise_error=True)
    assert seen == [True] * 20


def test_a_client_waits_for_the_answer_to_its_submit_alone() -> None:
    steps = Steps(2, takes=0.002, apart=60.0)
    seen: list[int] = []

    def client(job: Life) -> None:
        steps.in_flight.start(job)
        steps.in_flight.wait_for_answer(job)
        seen.append(steps.taken[job.job])

    waiting = [gevent.spawn(client, life(number)) for number in range(20)]
    gevent.joinall(waiting, timeout=PATIENCE, raise_error=True)
    assert seen == [1] * 20
    last = gevent.spawn(steps.in_flight.wait_for_answer, steps.start(1)[0])
    gevent.sleep(0)
    steps.in_flight.kill()
    last.get(timeout=PATIENCE)


def test_a_client_that_is_stopped_leaves_its_job_running() -> None:
    steps = Steps(2, takes=0.01)
    (job,) = steps.start(1)
    client = gevent.spawn(steps.in_flight.wait_for, job)
    gevent.sleep(0)
    client.kill()
    steps.until_empty()
    assert steps.over == ["1-0"]


def test_one_jobs_trouble_is_no_others(capsys: pytest.CaptureFixture[str]) -> None:
    def advance(job: Life) -> float | None:
        if job.number == 1:
            raise RuntimeError("the user's own code")
        return None

    in_flight = InFlight(advance, lambda _job: None, time.monotonic, Departures())
    for number in range(3):
        in_flight.start(life(number))
    with gevent.Timeout(PATIENCE):
        while len(in_flight):
            gevent.sleep(0.001)
    assert "the user's own code" in capsys.readouterr().err
