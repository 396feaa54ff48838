"""A run folder, format 1: what a run leaves behind, and how it is read again.

Load writes it, report reads it; neither calls the other. Everything but run.json is append-only, so every
prefix of a run is a readable run.
"""

import fcntl
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from profiles import Profile, UserError, validate

from .columns import JOB_SCHEMA, REQUEST_SCHEMA, SAMPLE_SCHEMA
from .data_frames import is_in, read_frame, whole_size
from .event import Event
from .event_lines import BadEvent, decode_event
from .events import HoldAgain, HoldEnd, HoldStart, RampStart, WorkerLost
from .run_info import EVENTS, FORMAT, JOBS, PROFILE, REQUESTS, RUN, SAMPLES, RunInfo, Status

UNANSWERED = "the recording ends before the job does"


@dataclass(frozen=True)
class Run:
    """A run as read: `requests`, `jobs` and `samples` have the columns of `report.recording.rows`, sorted by time.

    `jobs` also holds a row for each submit that no row of jobs.csv answers: it reads as abandoned. There are
    `unanswered` of them. Columns of few different texts are categorical.
    """

    folder: Path
    info: RunInfo
    profile: Profile
    document: dict[str, Any]
    status: Status
    requests: pd.DataFrame
    jobs: pd.DataFrame
    samples: pd.DataFrame
    events: tuple[Event, ...]
    unanswered: int = 0

    @property
    def sealed(self) -> bool:
        """Whether the run was closed in order, so that its counts and hashes are final."""
        return self.info.end is not None

    @property
    def end(self) -> float:
        """The last second that the folder speaks of, in seconds since its epoch."""
        if self.info.duration is not None:
            return self.info.duration
        last = [event.t for event in self.events[-1:]]
        if len(self.requests):
            last.append(float((self.requests["sent"] + self.requests["seconds"]).max()))
        return max(last, default=0.0)


def read_run(folder: Path) -> Run:
    """Read a run folder: complete, interrupted, crashed or still running. Raises UserError."""
    info, locked = read_info(folder)
    try:
        document = tomllib.loads((folder / PROFILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{folder / PROFILE} is missing; restore it as the run wrote it") from None
    except OSError as error:
        raise UserError(f"{folder / PROFILE}: can't be read: {error.strerror}") from None
    except ValueError as error:
        raise UserError(f"{folder / PROFILE}: not TOML: {error}") from None
    requests = read_frame(folder / REQUESTS, REQUEST_SCHEMA, by="sent")
    recorded = read_frame(folder / JOBS, JOB_SCHEMA, by="due")
    events = read_events(folder)
    jobs = _with_unanswered(recorded, requests, events)
    return Run(
        folder=folder,
        info=info,
        profile=validate(document, str(folder / PROFILE)),
        document=document,
        status=info.end_reason or ("running" if locked else "crashed"),
        requests=requests,
        jobs=jobs,
        samples=read_frame(folder / SAMPLES, SAMPLE_SCHEMA, by="t"),
        events=events,
        unanswered=len(jobs) - len(recorded),
    )


def read_events(folder: Path) -> tuple[Event, ...]:
    """The whole lines of events.jsonl, in the order they were written. Raises UserError."""
    file = folder / EVENTS
    events: list[Event] = []
    begun: set[int] = set()
    for number, line in enumerate(whole_lines(file).split(b"\n")[:-1], 1):
        try:
            event = decode_event(line)
            _follows(event, begun)
        except BadEvent as error:
            raise UserError(f"{file}: line {number}: {error}; the file is damaged: restore it as the run wrote it") from None
        events.append(event)
    return tuple(events)


def _follows(event: Event, begun: set[int]) -> None:
    """Whether an event of a hold is one of a step that has `begun`. Raises BadEvent."""
    if isinstance(event, RampStart):
        begun.add(event.step)
    elif isinstance(event, HoldStart | HoldEnd | HoldAgain) and event.step not in begun:
        raise BadEvent(f"{event.name}: step is {event.step}, of which there is no ramp_start before")


def whole_lines(file: Path) -> bytes:
    """A file up to its last line end: what a crash cut in half is left out. A missing file is empty."""
    size = whole_size(file)
    return file.read_bytes()[:size] if size else b""


def read_info(folder: Path) -> tuple[RunInfo, bool]:
    """run.json, and whether a master still holds its lock. Raises UserError."""
    file = folder / RUN
    try:
        with file.open("rb") as stream:
            locked = _is_locked(stream.fileno())
            info = RunInfo.model_validate_json(stream.read())
    except FileNotFoundError:
        what = f"not a run folder: it has no {RUN}" if folder.is_dir() else "no such folder"
        raise UserError(f"{folder}: {what}") from None
    except OSError as error:
        raise UserError(f"{file}: can't be read: {error.strerror}") from None
    except ValidationError as error:
        problem = error.errors()[0]
        place = "".join(f"{part}: " for part in [".".join(map(str, problem["loc"]))] if part)
        raise UserError(f"{file}: {place}{problem['msg']}; is it a run folder of format {FORMAT}?") from None
    if info.format != FORMAT:
        raise UserError(f"{file}: format {info.format}; this version reads format {FORMAT}")
    return info, locked


def _is_locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _with_unanswered(jobs: pd.DataFrame, requests: pd.DataFrame, events: Sequence[Event]) -> pd.DataFrame:
    """With a row for each submit that has none: open when the recording ended, or its worker was last heard of."""
    submits = requests[requests["endpoint"] == "submit"]
    open_jobs = submits[~is_in(submits["job"], jobs["job"])]
    if open_jobs.empty:
        return jobs
    replied = open_jobs["sent"] + open_jobs["seconds"]
    polls = requests.loc[(requests["endpoint"] == "status") & is_in(requests["job"], open_jobs["job"]), ["job", "sent", "ok"]]
    counts, answered = polls["job"].value_counts(), polls[polls["ok"]]
    # A job that was polled again had been seen open; the last poll may have seen it done.
    seen_open = answered[answered.groupby("job").cumcount(ascending=False) == 1].set_index("job")["sent"]
    rows = open_jobs[["job", "kind", "tenant", "worker", "due", "sent"]].assign(
        id="",
        accepted=replied.where(open_jobs["ok"]),
        ended=open_jobs["worker"].map({e.worker: e.heard for e in events if isinstance(e, WorkerLost)}),
        outcome="abandoned",
        done_after=seen_open.reindex(open_jobs["job"]).to_numpy(),
        polls=counts.reindex(open_jobs["job"], fill_value=0).to_numpy(),
        bytes_up=0,
        bytes_down=0,
        error=UNANSWERED,
    )
    rows = rows.reindex(columns=jobs.columns)
    texts = [str(name) for name in jobs if isinstance(jobs[name].dtype, pd.CategoricalDtype)]
    plain = [part.astype(dict.fromkeys(texts, object)) for part in (jobs, rows) if len(part)]
    together = pd.concat(plain).astype(dict.fromkeys(texts, "category"))
    return together.sort_values("due", kind="stable", ignore_index=True)
