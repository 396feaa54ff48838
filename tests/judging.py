"""Synthetic rows, and the stop rules' judgement of them."""

import heapq
import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from load.jobs.arrivals import due_times
from profiles import Profile
from report.recording.columns import read_jobs, read_requests, read_samples
from report.recording.event_lines import decode_event, encode_event
from report.recording.events import RuleState
from report.recording.rows import JobRow, RequestRow, SampleRow, encode_job, encode_request, encode_sample
from report.recording.steps import Step
from report.rules.evaluator import Evaluator, RuleChange
from report.rules.registry import seen_in

Row = RequestRow | JobRow | SampleRow


def feed(evaluator: Evaluator, rows: Iterable[Row]) -> None:
    """Rows as they arrive from a worker: encoded, read back, added."""
    history, parts = evaluator.history, {RequestRow: "", JobRow: "", SampleRow: ""}
    for row in rows:
        encode: Any = {RequestRow: encode_request, JobRow: encode_job, SampleRow: encode_sample}[type(row)]
        parts[type(row)] += encode(row)
    history.add_requests(read_requests(parts[RequestRow].encode(), has_header=False))
    history.add_jobs(read_jobs(parts[JobRow].encode(), has_header=False))
    history.add_samples(read_samples(parts[SampleRow].encode(), has_header=False))


def held(*clients: int, seconds: float = 60.0) -> tuple[Step, ...]:
    """Steps held one after another without ramps."""
    return tuple(
        Step(number, n, (number - 1) * seconds, (number - 1) * seconds, number * seconds) for number, n in enumerate(clients, 1)
    )


def again(step: Step, seconds: float) -> Step:
    """A step that was held longer, once it had ended."""
    return replace(step, again=step.hold_end, hold_end=step.hold[1] + seconds)  # type: ignore[index]


def judge(profile: Profile, rows: Iterable[Row], steps: Sequence[Step], until: float | None = None) -> list[RuleChange]:
    """What the stop rules decide. Each decision stays the same when it is written down and read again."""
    evaluator = Evaluator(profile)
    feed(evaluator, rows)
    changes = evaluator.advance(steps[-1].hold[1] + 1 if until is None else until, steps)  # type: ignore[index]
    for change in changes:
        event = decode_event(encode_event(change.event(0.0)))
        assert isinstance(event, RuleState) and seen_in(event) == change.seen
    return changes


def told(changes: Iterable[RuleChange]) -> list[tuple[str, str, int]]:
    return [(change.rule, change.state, change.at) for change in changes]


def states(changes: Iterable[RuleChange]) -> list[tuple[str, int]]:
    return [(change.state, change.at) for change in changes]


def request(
    t: float, seconds: float = 0.01, endpoint: str = "status", ok: bool = True, error: str = "", number: int = 1
) -> RequestRow:
    """A request that completed at `t`."""
    code = 200 if ok else 500
    return RequestRow(f"1-{number}", t - seconds, t - seconds, seconds, 1, endpoint, "sum", "a", code, ok, "", 100, error)


def job(t: float, took: float = 1.0, outcome: Any = "succeeded", error: str = "") -> JobRow:
    """A job that ended at `t`."""
    due, done = t - took, t if outcome in ("succeeded", "failed") else None
    return JobRow("1-1", "x", "sum", "a", 1, due, due, due, due, done, t, None, None, None, outcome, 1, 10, 90, error)


def load1(t: float, value: float) -> SampleRow:
    return SampleRow(t, "target", "load1", value)


def completions(*rates: float, seconds: int = 60) -> list[JobRow]:
    """So many jobs per second in one step after another, evenly."""
    return [
        job(step * seconds + (n + 0.5) / rate)
        for step, rate in enumerate(rates)
        for n in range(round(rate * seconds))
    ]  # fmt: skip


def completed(row: Row) -> float:
    if isinstance(row, RequestRow):
        return row.sent + row.seconds
    return row.ended if isinstance(row, JobRow) else row.t


def queued(rate: float, arrivals: Any, rng: random.Random, seconds: float = 60.0, servers: int = 8) -> list[Row]:
    """What a service of 20 jobs/s records of clients that submit every 5 s: first come, first served, polled each second."""
    streams = [due_times(arrivals, 0.0, 5.0, rng) for _ in range(round(rate * 5))]
    dues = sorted(due for stream in streams for due in itertools.takewhile(lambda due: due <= seconds, stream))
    free: list[float] = [0.0] * servers
    rows: list[Row] = []
    for number, due in enumerate(dues, 1):
        done = max(due, heapq.heappop(free)) + rng.uniform(0.2, 0.6)
        heapq.heappush(free, done)
        rows += [request(due + 0.003, 0.003, "submit", number=number), job(done + rng.random(), done - due)]
    return rows
