"""What a stop, a kill and a restart do to tasks and results."""

import signal
import time

import pytest


def fill(service) -> tuple[str, list[str]]:
    """One ended task; and, with one worker, one that runs for a minute and three that wait."""
    ended = service.submit("factorial", n=20)
    service.wait(ended)
    unfinished = [service.submit("sleep", seconds=60)]
    service.wait(unfinished[0], "RUNNING")
    return ended, unfinished + [service.submit("sleep", seconds=seconds) for seconds in (0.01, 0.02, 0)]


def spoil(data) -> None:
    """What a killed process or a failing disk may leave behind."""
    (data / "tmp" / "half.json").write_text('{"id": "0')
    (data / "pending" / "000000000000-half.json").write_text('{"id": "0')
    (data / "pending" / "000000000009-empty.json").write_bytes(b"")
    (data / "pending" / "000000000010-other.json").write_text('{"id": "x", "number": 1}')


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_a_restart_keeps_results_and_runs_the_rest_in_order(start, tmp_path, number):
    data = tmp_path / "data"
    first = start("--workers", 1, "--data", data)
    ended, unfinished = fill(first)
    ended_state, created = first.state(ended), first.state(unfinished[2])["created_at"]
    before = time.monotonic()
    assert first.end(number) == (0 if number == signal.SIGTERM else -signal.SIGKILL)
    assert time.monotonic() - before < 20, "it waits for no task"
    spoil(data)

    second = start("--workers", 4, "--data", data)
    assert second.state(ended) == ended_state
    assert second.result(ended) == "2432902008176640000"
    assert [row["id"] for row in second.truth() if row["outcome"] == "requeued"] == unfinished
    assert [second.wait(task)["status"] for task in unfinished[1:]] == ["SUCCEEDED"] * 3
    assert second.state(unfinished[2])["created_at"] == created
    assert second.state(unfinished[0])["status"] == "RUNNING"
    assert len(list((data / "broken").iterdir())) == 3
    assert second.stderr().count("is unreadable") == 3
    newest = second.submit("sleep", seconds=60)
    assert [path.stem.split("-")[1] for path in sorted((data / "pending").iterdir())] == [
        unfinished[0],
        newest,
    ]


def test_what_finds_no_room_after_a_restart_is_rejected(start, tmp_path):
    first = start("--workers", 1, "--data", tmp_path / "data")
    _, unfinished = fill(first)
    first.end(signal.SIGKILL)
    second = start("--workers", 1, "--data", tmp_path / "data", "--queue-limit", 1)
    assert [second.state(task)["status"] for task in unfinished[2:]] == ["REJECTED"] * 2
    assert second.result(unfinished[3])["cause"] == "queue full"
    assert second.truth(unfinished[3])[-1]["outcome"] == "REJECTED"
    assert second.state(unfinished[1])["status"] == "QUEUED"


def test_a_kill_leaves_a_whole_truth_log(start):
    service = start("--workers", 2)
    tasks = [service.submit("sleep", seconds=0.005) for _ in range(50)]
    service.end(signal.SIGKILL)
    assert service.truth_path.read_text().endswith("\n")
    rows = service.truth()
    assert [row["id"] for row in rows if row["event"] == "enqueue"] == tasks
    assert all(None not in row and None not in row.values() for row in rows)
