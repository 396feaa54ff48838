"""Batches written by hand, job by job, as run folders whose truth is known; and suites of them."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import tomli_w

from load.master.schedule import Schedule
from load.protocol.settled_profile import document_text
from profiles import load_profile
from profiles.suites import Planned, Run, load_suite
from report.recording.event_lines import encode_event
from report.recording.events import RunEnd
from report.recording.rows import (
    JOB_COLUMNS,
    REQUEST_COLUMNS,
    SAMPLE_COLUMNS,
    JobRow,
    RequestRow,
    encode_job,
    encode_request,
    header,
)
from report.recording.run_info import RAW_FILES, RunInfo, sha256
from report.suite.folder import SUITE, Line, append, run_folder

EPOCH = 1_750_000_000.0
FIRST = 2.0
"""The second at which a batch's first job is sent."""


def write_batch(
    folder: Path,
    scenario: Planned,
    rate: float,
    *,
    at: float = 0.0,
    failed: int = 0,
    abandoned: int = 0,
    reason: str = "finished",
) -> None:
    """A run of a batch that was worked off at `rate` jobs/s by the service's clock, begun `at` seconds after EPOCH. Its last jobs
    `failed` or were `abandoned`; tenants, if there are any, have its jobs in turn, the last tenant waits for twice as long."""
    profile, document = load_profile(scenario.profile, scenario.overrides, scenario.only)
    assert profile.batch is not None
    names = [tenant.name for tenant in profile.tenant] or [""]
    jobs = [
        _job(number, profile.kinds[0], names[number % len(names)], (number + 1) / rate, _outcome(number, profile.batch, failed, abandoned), at)
        for number in range(profile.batch)
    ]  # fmt: skip
    end = max(job.ended for job in jobs) + 0.5
    schedule = Schedule(profile.load.stages())
    events = [*schedule.advance(1.0, 0, 0.0), *schedule.advance(1.5, profile.load.clients, 0.0), *schedule.end_hold(end)]
    events.append(RunEnd(end, reason, ""))  # type: ignore[arg-type]
    submits = [RequestRow(j.job, j.due, j.sent, 0.005, 1, "submit", j.kind, j.tenant, 202, True, "", 60, "") for j in jobs]
    files = {
        "profile.toml": document_text(document).encode(),
        "events.jsonl": b"".join(map(encode_event, events)),
        "requests.csv": header(REQUEST_COLUMNS) + "".join(map(encode_request, submits)).encode(),
        "jobs.csv": header(JOB_COLUMNS) + "".join(map(encode_job, jobs)).encode(),
        "samples.csv": header(SAMPLE_COLUMNS),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    facts = RunInfo(name=profile.name, url="http://10.0.0.9", epoch=EPOCH + at, start="2025-06-15T15:06:40Z", end="x", duration=end,
                    end_reason=reason, sha256={name: sha256(folder / name) for name in RAW_FILES})  # type: ignore[arg-type]  # fmt: skip
    os.close(facts.write(folder))


def _outcome(number: int, jobs: int, failed: int, abandoned: int) -> str:
    if number >= jobs - abandoned:
        return "abandoned"
    return "failed" if number >= jobs - abandoned - failed else "succeeded"


def _job(number: int, kind: str, tenant: str, ends: float, outcome: str, at: float) -> JobRow:
    due, epoch = FIRST + number / 1000, EPOCH + at
    done = outcome != "abandoned"
    end = FIRST + ends
    return JobRow(
        f"1-{number}", f"id{number}", kind, tenant, 1, due, due, due + 0.0005, max(due, end - 0.1), end + 0.1 if done else None,
        end + 0.1, epoch + due, epoch + max(due, end - 0.5), epoch + end if done else None, outcome, 1, 100, 300, "",
    )  # type: ignore[arg-type]  # fmt: skip


def write_suite(
    folder: Path, file: Path, rates: Mapping[str, Sequence[float]], outcomes: Mapping[str, str] | None = None
) -> Path:
    """A suite's folder: each scenario's repeats at these jobs/s, made in turn; 0 writes a run that left no recording. `outcomes`:
    of scenarios whose runs did not end by themselves."""
    _, document, scenarios = load_suite(file)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SUITE).write_text(tomli_w.dumps(document))
    made = 0
    for repeat in range(1, max(map(len, rates.values())) + 1):
        for scenario in scenarios:
            if len(rates.get(scenario.name, ())) < repeat:
                continue
            run, rate, made = Run(scenario, repeat), rates[scenario.name][repeat - 1], made + 1
            outcome = (outcomes or {}).get(scenario.name, "done")
            told = {"at": "2025-06-15T15:06:40Z", "phase": scenario.phase, "scenario": scenario.name, "repeat": repeat}
            line = Line(event="begun", identity=hashlib.sha256(scenario.name.encode()).hexdigest(), **told)  # type: ignore[arg-type]
            append(folder, line)
            if rate:
                write_batch(run_folder(folder, run), scenario, rate, at=60.0 * made)
            append(folder, line.model_copy(update={"event": "ended", "outcome": outcome, "code": 0, "seconds": 50.0}))
    return folder
