"""What a worker recorded leaves in chunks, and is kept until it is acknowledged."""

from collections.abc import Callable
from typing import Any

import pytest

from load.worker import recorder as recording
from load.worker.recorder import LATE, Page, Recorder
from report.recording.rows import JobRow, RequestRow, SampleRow


def test_a_chunk_carries_everything_since_the_last(
    request_row: Callable[..., RequestRow], job_row: Callable[..., JobRow]
) -> None:
    recorder = Recorder(1)
    recorder.requests([request_row(endpoint="submit", due=1.0, sent=1.0 + LATE / 2)])
    recorder.requests([request_row(endpoint="submit", due=1.0, sent=1.01 + LATE)])
    recorder.requests([request_row(endpoint="status", due=1.0, sent=9.0)])
    recorder.jobs([job_row()])
    recorder.sample(SampleRow(1.0, "generator-1", "cpu", 0.5))
    recorder.sample_lines(b"1.000,host-a,cpu,0.2\n1.000,host-a,memory,0.3\n")
    chunk = recorder.cut(1.5, clients=7, in_flight=3, final=False)
    assert chunk["counters"] == {
        "requests_sent": 3, "jobs_sent": 1, "rows_dropped": 0, "arrivals": 0, "held_back": 0, "late": 1,
    }  # fmt: skip
    assert [chunk[name].count(b"\n") for name in ("requests", "jobs", "samples")] == [3, 1, 3]  # type: ignore[literal-required]
    assert (chunk["worker"], chunk["seq"], chunk["mark"], chunk["final"]) == (1, 1, 1.5, False)
    empty = recorder.cut(2.0, clients=8, in_flight=2, final=True, left="it was told to")
    assert (empty["requests"], empty["jobs"], empty["samples"]) == (b"", b"", b"")
    assert (empty["seq"], empty["clients"], empty["in_flight"], empty["final"], empty["left"]) == (
        2,
        8,
        2,
        True,
        "it was told to",
    )


def test_chunks_are_kept_until_they_are_acknowledged(request_row: Callable[..., RequestRow]) -> None:
    recorder = Recorder(1)
    for number in range(3):
        recorder.requests([request_row(job=f"1-{number}")])
        recorder.cut(float(number), 0, 0, False)
    recorder.acknowledge(2)
    assert [chunk["seq"] for chunk in recorder.unacknowledged()] == [3]
    recorder.acknowledge(1)
    assert [chunk["seq"] for chunk in recorder.unacknowledged()] == [3], "an acknowledgement that comes late says nothing new"
    recorder.acknowledge(3)
    assert recorder.unacknowledged() == []


def test_a_page_turns_when_it_is_full_and_when_it_is_told_to() -> None:
    kept: list[list[int]] = []
    also: list[int] = []
    page: Page[int] = Page(lambda rows: kept.append(list(rows)), also.extend)
    for number in range(Page.SIZE + 3):
        page.add(number)
    assert [len(rows) for rows in kept] == [Page.SIZE]
    page.turn()
    assert [len(rows) for rows in kept] == [Page.SIZE, 3]
    assert also == list(range(Page.SIZE + 3))


def test_rows_beyond_what_is_kept_are_dropped_and_counted(
    monkeypatch: pytest.MonkeyPatch, request_row: Any, job_row: Any
) -> None:
    monkeypatch.setattr(recording, "MAX_UNACKED", 200)
    recorder = Recorder(1)

    def record(n: int) -> Any:
        for _ in range(n):
            recorder.requests([request_row()])
            recorder.jobs([job_row()])
        return recorder.cut(1.0, 0, 0, False)

    kept, dropped = record(5), record(3)
    assert kept["requests"].count(b"\n") == 5 and dropped["requests"] == dropped["jobs"] == b""
    assert recorder.counters["rows_dropped"] == 6
    assert (recorder.counters["requests_sent"], recorder.counters["jobs_sent"]) == (5, 5)
    recorder.acknowledge(dropped["seq"])
    assert record(2)["jobs"].count(b"\n") == 2, "there is room again"
    assert dropped["seq"] == 2, "marks go on while rows are dropped"
    assert recorder.counters["rows_dropped"] == 6


def test_a_chunk_keeps_the_counters_of_its_moment() -> None:
    recorder = Recorder(1)
    before = recorder.cut(1.0, 0, 0, False)
    recorder.counters["arrivals"] += 5
    assert before["counters"]["arrivals"] == 0
    assert recorder.cut(2.0, 0, 0, False)["counters"]["arrivals"] == 5
