"""Batches written by hand, row by row, so that their truth is known."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tomli_w

from load.master.schedule import Schedule
from profiles import load_profile
from report.recording.event_lines import encode_event
from report.recording.events import IdleEnd, IdleStart, RunEnd
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
from report.recording.run_info import RunInfo

EPOCH = 1_750_000_000.0
SIZES = {"a": 200, "b": 200}


def job(number: int, tenant: str, ends: float, outcome: str = "succeeded") -> JobRow:
    """Due and sent every 10 ms from second 2 on; done at second `ends`, seen open half a second before and done at it."""
    due, done = 2 + number / 100, outcome in ("succeeded", "failed")
    return JobRow(
        f"1-{number}", f"id{number}", "http-fetch", tenant, 1, due, due, due + 0.005, max(due, ends - 0.5),
        ends if done else None, ends, EPOCH + due, EPOCH + due + 1, EPOCH + ends if done else None, outcome, 1, 100, 300, "",
    )  # type: ignore[arg-type]  # fmt: skip


def evenly(slow: float = 1.0) -> list[JobRow]:
    """400 jobs, a's and b's in turn. One of a's is done each 0.1 s from second 3 on; b takes `slow` times as long."""
    jobs = []
    for number in range(400):
        due, pair = 2 + number / 100, number // 2
        takes = 3 + 0.1 * pair - due
        jobs.append(job(number, "ab"[number % 2], due + takes * (slow if number % 2 else 1.0)))
    return jobs


def write_batch(
    folder: Path,
    jobs: Sequence[JobRow],
    tenants: dict[str, int] | None = None,
    limits: Sequence[str] = (),
    told: bool = False,
    rss: float = 0.0,
    idle: tuple[Sequence[float], Sequence[float]] | None = None,
    more: Sequence[SampleRow] = (),
) -> Path:
    """`told`: the service tells when its jobs were done. `rss`: what its process uses, which is watched if it is above 0."""
    jobs = jobs if told else [row._replace(finished=None) for row in jobs]
    overrides = [f"limit=[{', '.join(f'{{that={json.dumps(that)}}}' for that in limits)}]"]
    if tenants:
        listed = ", ".join(f"{{name='{name}', jobs={size}}}" for name, size in tenants.items())
        overrides += ["load={shape='batch', clients=20}", f"tenant=[{listed}]"]
    else:
        overrides.append("load.jobs=400")
    overrides += ["load.idle='6s'", "watch=[{name='service', process={port='target'}}]"] if idle is not None or rss else []
    profile, document = load_profile("batch", overrides)
    end = max(row.ended for row in jobs) + 0.5
    schedule = Schedule(profile.load.stages())
    events = [*schedule.advance(1.0, 0, 0.0), *schedule.advance(1.5, 20, 0.0), *schedule.end_hold(end)]
    if idle is not None:
        events = [IdleStart(0.0, "before", 0.9), IdleEnd(0.9, "before"), *events]
        events += [IdleStart(end, "after", 0.9), IdleEnd(end + 0.9, "after")]
        at = (np.linspace(begin, begin + 0.8, len(values)) for begin, values in zip((0.0, end), idle, strict=True))
        rest = [
            SampleRow(float(t), "service", "rss", v)
            for ts, values in zip(at, idle, strict=True)
            for t, v in zip(ts, values, strict=True)
        ]
        end += 1
    events.append(RunEnd(end, "finished", ""))
    submits = [RequestRow(r.job, r.due, r.sent, 0.005, 1, "submit", r.kind, r.tenant, 202, True, "", 60, "") for r in jobs]
    samples = [SampleRow(float(t), "service", "rss", rss) for t in range(2, int(end)) if rss]
    samples += [*more, *(rest if idle is not None else [])]
    files = {
        "profile.toml": tomli_w.dumps(document).encode(),
        "events.jsonl": b"".join(map(encode_event, events)),
        "requests.csv": header(REQUEST_COLUMNS) + "".join(map(encode_request, submits)).encode(),
        "jobs.csv": header(JOB_COLUMNS) + "".join(map(encode_job, jobs)).encode(),
        "samples.csv": header(SAMPLE_COLUMNS) + "".join(encode_sample(row) for row in samples).encode(),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    facts = RunInfo(name="batch", url="http://10.0.0.9", epoch=EPOCH, start="2025-06-15T15:06:40Z", end="x", duration=end,
                    end_reason="finished")  # fmt: skip
    os.close(facts.write(folder))
    return folder
