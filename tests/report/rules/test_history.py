"""Rows as the stop rules keep them: exact, and small."""

from collections.abc import Callable, Sequence

import numpy as np

from report.recording.columns import read_jobs, read_requests
from report.recording.rows import JobRow, RequestRow, encode_job, encode_request
from report.rules.history import History


def history_of(requests: Sequence[RequestRow], jobs: Sequence[JobRow] = ()) -> History:
    history = History()
    history.add_requests(read_requests("".join(map(encode_request, requests)).encode(), has_header=False))
    history.add_jobs(read_jobs("".join(map(encode_job, jobs)).encode(), has_header=False))
    return history


def test_texts_come_out_as_they_went_in_and_equal_ones_are_one_object(request_row: Callable[..., RequestRow]) -> None:
    said = ["", "HTTP 500", 'état, "x"', "HTTP 500"] * 500
    rows = [request_row(sent=0.1, seconds=0.2, endpoint="status" if i % 3 else "submit", error=said[i]) for i in range(len(said))]
    second = history_of(rows).next_second()
    assert list(second.requests["error"]) == said
    assert list(second.requests["endpoint"]) == [row.endpoint for row in rows]
    assert len({id(text) for text in second.requests["error"]}) == 3, "an object for each row would be most of what rows take"


def test_numbers_that_are_not_known_are_nan(request_row: Callable[..., RequestRow], job_row: Callable[..., JobRow]) -> None:
    jobs = [job_row(ended=0.5, started=None), job_row(ended=0.6, started=1.5)]
    second = history_of([request_row(sent=0.1, seconds=0.2, code=None)], jobs).next_second()
    assert np.isnan(second.requests["code"]).tolist() == [True]
    assert np.isnan(second.jobs["started"]).tolist() == [True, False] and second.jobs["started"][1] == 1.5


def test_a_window_pools_the_texts_of_several_seconds(request_row: Callable[..., RequestRow]) -> None:
    history = history_of([request_row(sent=t, seconds=0.1, kind=kind) for t, kind in ((0.2, "a"), (1.2, "b"), (1.4, "a"))])
    for _ in range(2):
        history.next_second()
    assert sorted(history.window(2).requests["kind"]) == ["a", "a", "b"]


def test_rows_come_second_by_second_in_the_order_they_came(request_row: Callable[..., RequestRow]) -> None:
    rng = np.random.default_rng(7)
    rows = [request_row(job=f"1-{n}", sent=float(t), seconds=0.0, bytes=n) for n, t in enumerate(rng.uniform(0, 30, 2000))]
    history = history_of(rows[:1500])
    for second in range(10):
        held = history.next_second().requests
        assert held["bytes"].tolist() == [row.bytes for row in rows[:1500] if int(row.sent) == second]
    history.add_requests(read_requests("".join(map(encode_request, rows[1500:])).encode(), has_header=False))
    assert history.late_rows == sum(row.sent < 10 for row in rows[1500:])
    for second in range(10, 31):
        held = history.next_second().requests
        assert held["bytes"].tolist() == [row.bytes for row in rows if int(row.sent) == second]
