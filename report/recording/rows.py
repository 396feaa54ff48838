"""The rows of a run folder: one record of each kind, its encoder beside it.

Workers import this module, so it needs nothing but the standard library. Times are seconds since the run's
epoch, durations seconds, sizes bytes; an unknown value is an empty field.
"""

from functools import lru_cache
from typing import Literal, NamedTuple

Outcome = Literal["succeeded", "failed", "rejected", "errored", "lost", "timed_out", "abandoned"]
OUTCOMES: tuple[Outcome, ...] = ("succeeded", "failed", "rejected", "errored", "lost", "timed_out", "abandoned")
COMPLETED: tuple[Outcome, ...] = ("succeeded", "failed")
"""Outcomes of a job that the service worked off, well or not."""


class RequestRow(NamedTuple):
    """One HTTP request. It completed at `sent + seconds`; `due` is when it should have been sent."""

    job: str
    due: float
    sent: float
    seconds: float
    worker: int
    endpoint: str
    kind: str
    tenant: str
    code: int | None
    ok: bool
    state: str
    bytes: int
    error: str


class JobRow(NamedTuple):
    """One ended job.

    `accepted`: the submit's reply. The job ended at the target in (done_after, done_before]: sent of the last
    poll that saw it open (else of the submit), reply of the first that saw it done. `created`, `started`,
    `finished` are the server's own timestamps as epoch seconds. `ended`: when the client was through with it
    (after fetching the result, or giving up); windows pool jobs by this time.
    """

    job: str
    id: str
    kind: str
    tenant: str
    worker: int
    due: float
    sent: float
    accepted: float | None
    done_after: float | None
    done_before: float | None
    ended: float
    created: float | None
    started: float | None
    finished: float | None
    outcome: Outcome
    polls: int
    bytes_up: int
    bytes_down: int
    error: str


class SampleRow(NamedTuple):
    """One sample of a watched host or process, or of a load generator ("generator-1")."""

    t: float
    source: str
    metric: str
    value: float


REQUEST_COLUMNS = RequestRow._fields
JOB_COLUMNS = JobRow._fields
SAMPLE_COLUMNS = SampleRow._fields

CPU_OF = "cpu_of_"
"""What the metric of a machine's busiest processes begins with; their name follows."""
NO_DESCRIPTORS, NO_PORTS = "generator: out of file descriptors", "generator: out of ports"
"""The errors of requests that never left, for want of what the generator's own machine grants it."""

_LONGEST = 300
"""Letters kept of a text."""


def header(columns: tuple[str, ...]) -> bytes:
    """The first line of a CSV file with these columns."""
    return (",".join(columns) + "\n").encode()


def encode_request(row: RequestRow) -> str:
    """One line of requests.csv."""
    job, due, sent, seconds, worker, endpoint, kind, tenant, code, ok, state, size, error = row
    between = _between(worker, endpoint, kind, tenant, code, ok, state)
    return f"{job},{due:.6f},{sent:.6f},{seconds:.6f}{between}{size},{_text(error)}\n"


def encode_job(row: JobRow) -> str:
    """One line of jobs.csv."""
    (
        job, id_, kind, tenant, worker, due, sent, accepted, done_after, done_before, ended, created, started, finished,
        outcome, polls, bytes_up, bytes_down, error,
    ) = row  # fmt: skip
    return (
        f"{job},{_one_line(id_)},{_text(kind)},{_text(tenant)},{worker},{due:.6f},{sent:.6f},{_time(accepted)},"
        f"{_time(done_after)},{_time(done_before)},{ended:.6f},{_time(created)},{_time(started)},{_time(finished)},"
        f"{outcome},{polls},{bytes_up},{bytes_down},{_text(error)}\n"
    )


def encode_sample(row: SampleRow) -> str:
    """One line of samples.csv."""
    return f"{row.t:.3f},{_text(row.source)},{row.metric},{row.value:.10g}\n"


@lru_cache(1024)
def _between(worker: int, endpoint: str, kind: str, tenant: str, code: int | None, ok: bool, state: str) -> str:
    """The columns that are alike in most lines, from worker to state."""
    told = "" if code is None else code
    return f",{worker},{endpoint},{_text(kind)},{_text(tenant)},{told},{'1' if ok else '0'},{_text(state)},"


def _time(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.6f}"


def _one_line(text: str) -> str:
    """RFC 4180, on one line: a row never spans lines, so every prefix of a file that ends in one is readable."""
    if text.isalnum():
        return text[:_LONGEST]
    text = " ".join(text[:_LONGEST].replace("\0", " ").split())
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if "," in text or '"' in text else text


_text = lru_cache(1024)(_one_line)
"""The same for texts that come again and again: all but ids."""
