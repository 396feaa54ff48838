"""From the chunks of a worker to the files: every row lands exactly once, whatever the network and the disk do."""

import contextlib
import random
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from load.master.collector import QUIET, SILENCE, Collector, WorkerState
from load.worker.recorder import LATE, Recorder
from report.recording.events import ActionStart, Mark, Signal, WatcherLost
from report.recording.rows import (
    JOB_COLUMNS,
    REQUEST_COLUMNS,
    SAMPLE_COLUMNS,
    JobRow,
    RequestRow,
    SampleRow,
    encode_job,
    encode_request,
    encode_sample,
    header,
)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    """A collector that knows workers 1 and 2."""
    with contextlib.closing(collector_in(tmp_path)) as open_collector:
        yield open_collector


def collector_in(folder: Path) -> Collector:
    made = Collector(folder)
    for index in (1, 2):
        made.workers[index] = WorkerState(index, "host", 10 + index, ready=True)
    return made


def lines_of(folder: Path, name: str) -> list[str]:
    return (folder / name).read_text().splitlines()[1:]


def test_files_begin_with_their_header(collector: Collector, tmp_path: Path) -> None:
    assert (tmp_path / "requests.csv").read_bytes() == header(REQUEST_COLUMNS)
    assert (tmp_path / "jobs.csv").read_bytes() == header(JOB_COLUMNS)
    assert (tmp_path / "samples.csv").read_bytes() == header(SAMPLE_COLUMNS)
    assert (tmp_path / "events.jsonl").read_bytes() == b""
    assert collector.lines == {"requests": 0, "jobs": 0, "samples": 0}


def test_a_run_is_never_recorded_over_another(collector: Collector, tmp_path: Path) -> None:
    assert collector.workers
    with pytest.raises(FileExistsError):
        Collector(tmp_path)


def test_a_chunk_is_appended_and_tells_how_its_worker_stands(
    collector: Collector,
    tmp_path: Path,
    request_row: Callable[..., RequestRow],
    job_row: Callable[..., JobRow],
) -> None:
    recorder = Recorder(1)
    recorder.requests([request_row(endpoint="submit", due=1.0, sent=1.0 + LATE / 2)])
    recorder.requests([request_row(endpoint="submit", due=1.0, sent=1.01 + LATE)])
    recorder.requests([request_row(endpoint="status", due=1.0, sent=9.0)])
    recorder.jobs([job_row()])
    recorder.sample(SampleRow(1.0, "generator-1", "cpu", 0.5))
    recorder.sample_lines(b"1.000,host-a,cpu,0.2\n1.000,host-a,memory,0.3\n")
    chunk = recorder.cut(1.5, clients=7, in_flight=3, final=False)
    assert collector.take(chunk, now=2.0)
    empty = recorder.cut(2.0, clients=8, in_flight=2, final=True)
    assert collector.take(empty, now=2.5)
    worker = collector.workers[1]
    assert (worker.seq, worker.mark, worker.heard, worker.final) == (2, 2.0, 2.5, True)
    assert (worker.clients, worker.in_flight, worker.requests, worker.jobs) == (8, 2, 3, 1)
    assert collector.lines == {"requests": 3, "jobs": 1, "samples": 3}
    assert [len(lines_of(tmp_path, f"{name}.csv")) for name in ("requests", "jobs", "samples")] == [3, 1, 3]
    assert (worker.record().requests_sent, worker.record().requests_received, worker.record().late) == (3, 3, 1)


def test_chunks_are_taken_once_and_in_order(collector: Collector, tmp_path: Path, request_row: Any) -> None:
    recorder = Recorder(1)
    chunks = []
    for number in range(3):
        recorder.requests([request_row(job=f"1-{number}")])
        chunks.append(recorder.cut(float(number), 0, 0, False))
    first, second, third = chunks
    assert [collector.take(chunk, 1.0) for chunk in (second, first, first, third, second, second, third)] == [
        False, True, False, False, True, False, True,
    ]  # fmt: skip
    assert [line.split(",")[0] for line in lines_of(tmp_path, "requests.csv")] == ["1-0", "1-1", "1-2"]


@settings(deadline=None, max_examples=150)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.integers(0, 2**32), st.floats(0, 0.7))
def test_every_row_lands_exactly_once(tmp_path_factory: pytest.TempPathFactory, sizes: list[int], seed: int, loss: float) -> None:
    """Messages of two workers and their acks are dropped, doubled and overtake each other until all is acknowledged."""
    fate, folder = random.Random(seed), tmp_path_factory.mktemp("run")
    collector = collector_in(folder)
    recorders = {1: Recorder(1), 2: Recorder(2)}
    sent: dict[int, list[str]] = {1: [], 2: []}
    network: list[tuple[str, int, Any]] = []

    def send(*message: Any) -> None:
        network.extend([message] * (0 if fate.random() < loss else fate.choice([1, 1, 2])))

    def deliver() -> None:
        kind, index, content = network.pop(fate.randrange(len(network)))
        if kind == "ack":
            recorders[index].acknowledge(content)
            return
        collector.take(content, 0.0)
        send("ack", index, collector.workers[index].seq)

    with contextlib.closing(collector):
        for position, size in enumerate(sizes):
            for index, recorder in recorders.items():
                rows = [sample_requests(index, position * 10 + n) for n in range(size)]
                for row in rows:
                    recorder.requests([row])
                    recorder.jobs([job_of(row)])
                    recorder.sample(SampleRow(row.sent, f"generator-{index}", "cpu", 0.1))
                sent[index] += [row.job for row in rows]
                send("chunk", index, recorder.cut(float(position), 0, 0, False))
            while network and fate.random() < 0.7:
                deliver()
        for _ in range(1000):
            if not any(recorder.unacknowledged() for recorder in recorders.values()):
                break
            for index, recorder in recorders.items():
                for chunk in recorder.unacknowledged():
                    send("chunk", index, chunk)
            while network:
                deliver()
    assert not any(recorder.unacknowledged() for recorder in recorders.values())
    for index in (1, 2):
        for name in ("requests", "jobs"):
            found = [line.split(",")[0] for line in lines_of(folder, f"{name}.csv")]
            assert [job for job in found if job.startswith(f"{index}-")] == sent[index]
        assert sum(f"generator-{index}," in line for line in lines_of(folder, "samples.csv")) == len(sent[index])
        record = collector.workers[index].record()
        assert record.requests_sent == record.requests_received == len(sent[index])
    assert collector.lines == dict.fromkeys(("requests", "jobs", "samples"), len(sent[1]) + len(sent[2]))


def sample_requests(worker: int, number: int) -> RequestRow:
    return RequestRow(f"{worker}-{number}", 0, 0, 0.1, worker, "submit", "sum", "", 202, True, "", 9, "")


def job_of(row: RequestRow) -> JobRow:
    return JobRow(row.job, "x", "sum", "", row.worker, 0, 0, 0, 0, 1, 1, None, None, None, "succeeded", 1, 1, 1, "")


def test_events_are_lines_of_json(collector: Collector, tmp_path: Path) -> None:
    collector.event(ActionStart(1.23456789, "line\n", 'sh -c "true"'))
    collector.event(Mark(2.0, 3))
    assert (tmp_path / "events.jsonl").read_bytes() == (
        b'{"t":1.234568,"event":"action_start","action":"line\\n","command":"sh -c \\"true\\""}\n{"t":2.0,"event":"mark","mark":3}\n'
    )


def test_silent_workers_are_lost_once(collector: Collector) -> None:
    one, two = collector.workers[1], collector.workers[2]
    one.heard, two.heard, one.clients, two.clients, one.mark, two.mark = 10.0, 12.0, 5, 6, 9.0, 11.0
    assert collector.newly_silent(10.0 + SILENCE) == []
    assert (collector.low_mark(), collector.total(lambda worker: worker.clients)) == (9.0, 11)
    assert collector.newly_silent(10.1 + SILENCE) == [one]
    collector.lose(one)
    assert collector.newly_silent(10.2 + SILENCE) == []
    assert collector.taking_part == [two]
    assert (collector.low_mark(), collector.total(lambda worker: worker.clients)) == (11.0, 6)
    two.final = True
    assert collector.newly_silent(1e9) == [], "who is through may be silent"


def test_quiet_workers_are_told_of_once_until_they_are_back(collector: Collector) -> None:
    one, two = collector.workers[1], collector.workers[2]
    one.heard, two.heard = 10.0, 12.0
    assert collector.newly_quiet(10.0 + QUIET) == []
    assert collector.newly_quiet(10.1 + QUIET) == [one]
    assert collector.newly_quiet(10.2 + QUIET) == []
    one.quiet = False
    assert collector.newly_quiet(12.1 + QUIET) == [one, two]
    collector.lose(two)
    two.quiet = False
    assert collector.newly_quiet(20.0) == [], "of a lost worker nothing is expected"


def test_rows_of_a_lost_worker_are_taken_once_but_its_clients_count_no_more(
    collector: Collector, tmp_path: Path, request_row: Any
) -> None:
    recorder = Recorder(1)
    recorder.requests([request_row(job="1-1")])
    early = recorder.cut(1.0, clients=5, in_flight=3, final=False)
    recorder.requests([request_row(job="1-2")])
    last = recorder.cut(2.0, clients=5, in_flight=0, final=True, left="the link was cut")
    assert collector.take(early, 1.0)
    collector.lose(collector.workers[1])
    assert [collector.take(chunk, 20.0) for chunk in (early, last, last)] == [False, True, False]
    assert [line.split(",")[0] for line in lines_of(tmp_path, "requests.csv")] == ["1-1", "1-2"]
    assert collector.total(lambda worker: worker.clients) == 0
    record = collector.workers[1].record()
    assert record.lost and record.requests_sent == record.requests_received == 2


def test_workers_that_are_not_ready_hold_nothing_up(collector: Collector) -> None:
    for worker in collector.workers.values():
        worker.ready = False
    assert (collector.taking_part, collector.low_mark(), collector.newly_silent(1e9)) == ([], 0.0, [])


@contextlib.contextmanager
def files_at_most(size: int) -> Iterator[None]:
    """A disk that takes so many bytes of each file, and the rest of a write not at all."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("full_for", ["requests", "jobs", "samples"])
def test_a_full_disk_takes_all_of_a_chunk_or_nothing(
    collector: Collector, tmp_path: Path, request_row: Any, job_row: Any, full_for: str
) -> None:
    rows = {"requests": encode_request(request_row()), "jobs": encode_job(job_row()),
            "samples": encode_sample(SampleRow(1.0, "generator-1", "cpu", 0.5))}  # fmt: skip
    many = {name: line.encode() * (200 if name == full_for else 2) for name, line in rows.items()}
    recorder = Recorder(1)
    chunk = recorder.cut(1.0, 0, 0, False) | many
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    with files_at_most(len(many[full_for]) // 2), pytest.raises(OSError, match="File too large"):
        collector.take(chunk, 1.0)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before
    assert collector.workers[1].seq == 0
    assert collector.take(chunk, 2.0), "it can be sent again"
    assert len(lines_of(tmp_path, f"{full_for}.csv")) == collector.lines[full_for] == 200


def test_a_full_disk_is_an_error_for_events_and_samples_too(collector: Collector, tmp_path: Path) -> None:
    collector.event(WatcherLost(1.0))
    with files_at_most(50):
        with pytest.raises(OSError, match="File too large"):
            collector.event(Signal(1.0, "x" * 100))
        with pytest.raises(OSError, match="File too large"):
            collector.add_samples(b"1.000,a,cpu,0.1\n" * 100)
    assert (tmp_path / "events.jsonl").read_bytes() == b'{"t":1.0,"event":"watcher_lost"}\n'
    assert collector.lines["samples"] == 0


def test_a_device_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123
        monkeypatch.setattr(Path, "open", lambda _path, _mode, **_how: full)
        with pytest.raises(OSError, match="No space left on device"):
            Collector(tmp_path)


@pytest.mark.parametrize("name", ["requests.csv", "events.jsonl"])
def test_a_file_that_somebody_removes_is_noticed_and_there_again_at_the_end(tmp_path: Path, name: str) -> None:
    collector = collector_in(tmp_path)
    collector.event(Mark(1.0, 1))
    before = (tmp_path / name).read_bytes()
    assert collector.removed == ""
    (tmp_path / name).unlink()
    assert collector.removed == name
    (tmp_path / name).write_text("another")
    assert collector.removed == name
    collector.close()
    assert (tmp_path / name).read_bytes() == before


def test_no_worker_is_to_blame_for_what_nobody_heard(collector: Collector) -> None:
    for worker in collector.workers.values():
        worker.heard = 10.0
    collector.excuse(8.0)
    assert collector.newly_silent(18.0 + SILENCE) == collector.newly_quiet(18.0 + QUIET) == []
    assert len(collector.newly_silent(18.1 + SILENCE)) == 2
