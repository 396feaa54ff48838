"""The parts that need no process: factorials, seeded randomness, the store's corners."""

import asyncio
import math
from decimal import Decimal

import httpx
import pytest

from service.faults import Chance, Stall
from service.store import Status, Store, Task
from service.strategies import Strategy
from service.tasks import Runner, factorial
from service.truth import HEADER, Moment, Truth

TASK = Task("0" * 31 + "1", 1, "sleep", {"seconds": 1}, created=1.0)


@pytest.mark.parametrize("n", [0, 1, 20, 999, 1000, 1001, 1064, 1065, 5000])
def test_factorial_digits(n):
    assert factorial(n) == str(Decimal(math.factorial(n)))


def exponential_times(seed: int) -> list[float]:
    async def draw() -> list[float]:
        async with httpx.AsyncClient(trust_env=False) as client:
            runner = Runner(client, "", 1.0, seed, Strategy("async", 1))
            args = {"seconds": 1e-6, "distribution": "exponential"}
            return [(await runner.run("sleep", args, 0.0))[0] for _ in range(2000)]

    return asyncio.run(draw())


def test_exponential_times_are_seeded_and_have_their_mean():
    times = exponential_times(1)
    assert times == exponential_times(1) != exponential_times(2)
    assert sum(times) / len(times) == pytest.approx(1e-6, rel=0.1)


def test_a_chance_strikes_its_share_and_the_same_ones():
    first, again, other = (Chance(0.2, seed, name) for seed, name in ((1, "a"), (1, "a"), (1, "b")))
    strikes = [first.strikes() for _ in range(5000)]
    assert strikes == [again.strikes() for _ in range(5000)] != [other.strikes() for _ in range(5000)]
    assert sum(strikes) / 5000 == pytest.approx(0.2, abs=0.03)
    assert not any(Chance(0.0, 1, "a").strikes() for _ in range(100))
    assert all(Chance(1.0, 1, "a").strikes() for _ in range(100))


@pytest.mark.parametrize(
    ("started", "ended", "slept", "fetched"),
    [(0.0, 0.9, 0.9, 0.9), (0.0, 1.0, 6.0, 6.0), (0.5, 9.0, 14.0, 9.0), (6.0, 7.0, 7.0, 7.0)],
)
def test_work_that_runs_into_a_stall_ends_later(started, ended, slept, fetched):
    stall = Stall(begins=1.0, length=5.0, holds_http=True)
    assert asyncio.run(stall.make_up(started, ended, fetched=False)) == slept
    assert asyncio.run(stall.make_up(started, ended, fetched=True)) == fetched
    assert asyncio.run(Stall(1.0, 5.0).make_up(started, ended, fetched=True)) == slept


def test_the_store_keeps_a_result_in_memory_when_the_disk_refuses_it(tmp_path, capsys):
    store = Store(tmp_path)
    store.add(TASK)
    (tmp_path / "done" / "00").rmdir()
    (tmp_path / "done" / "00").write_text("in the way")
    ended = Task(TASK.id, 1, "sleep", {}, 1.0, Status.SUCCEEDED, 2.0, 3.0)
    store.finish(ended, b'"value"')
    assert store.ended(TASK.id) == ended and store.result(TASK.id) == b'"value"'
    assert "is not on disk" in capsys.readouterr().err
    store.close()


def test_a_cut_off_row_of_the_truth_log_stays_alone(tmp_path):
    path = tmp_path / "truth.csv"
    for _ in range(2):
        truth = Truth(path)
        truth.row("x", "sleep", "start", Moment(1.0, 2.0))
        truth.close()
        with path.open("a") as file:
            file.write("y,sl")
    row = "x,sleep,start,1.000000,2.000000,"
    assert path.read_text().splitlines() == [HEADER, row, "y,sl", row, "y,sl"]


def test_a_task_that_ended_just_before_the_kill_is_not_run_again(tmp_path):
    store = Store(tmp_path)
    store.add(TASK)
    pending = next((tmp_path / "pending").iterdir())
    content = pending.read_bytes()
    store.finish(Task(TASK.id, 1, "sleep", {}, 1.0, Status.FAILED, 2.0, 3.0), b"{}")
    pending.write_bytes(content)
    assert store.pending() == [] and not pending.exists()
    store.close()
