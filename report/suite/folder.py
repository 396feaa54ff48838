"""A suite's folder: what load writes run by run, and how it is read again.

suite.toml         the suite, its paths made absolute
plan.csv           the runs that were asked for, in their order
state.jsonl        a line when a run begins and one when it has ended, synced to the disk; append-only
runs/SCENARIO/N    the run folder of the Nth repeat, in the ordinary format; beside its files service.log and console.log
report/            the report on all of them
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from profiles import UserError
from profiles.suites import Run
from report.recording.run import whole_lines

SUITE, PLAN, STATE, RUNS = "suite.toml", "plan.csv", "state.jsonl", "runs"
Outcome = Literal["done", "timed out", "failed", "interrupted"]
"""`done`: ended as planned or by a stop rule; `failed`: it, or its service, never got going, or crashed."""


class Line(BaseModel):
    """One line of state.jsonl. `at`: UTC; `identity`: SHA-256 of profile and service command; `seconds`: how long it took;
    `code`: the exit code that the run comes to alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event: Literal["begun", "ended"]
    at: str
    phase: str
    scenario: str
    repeat: int
    identity: str
    outcome: Outcome | None = None
    code: int | None = None
    seconds: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class State:
    """The last that is known of one run: `ended` is None where it began and no more was written."""

    begun: Line
    ended: Line | None


def run_folder(suite: Path, run: Run) -> Path:
    """Where a run of a suite is recorded."""
    return suite / RUNS / run.scenario.folder / str(run.repeat)


def append(suite: Path, line: Line) -> None:
    """Write a line and see it on the disk. Raises UserError."""
    try:
        with (suite / STATE).open("ab+") as file:
            file.seek(max(0, file.tell() - 1))
            torn = file.read(1) not in (b"", b"\n")  # A power cut may have ended the last line early.
            file.write(b"\n" * torn + (json.dumps(line.model_dump(exclude_defaults=True), ensure_ascii=False) + "\n").encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UserError(f"{suite / STATE}: can't be written: {error.strerror}") from None


def read_states(suite: Path) -> Mapping[tuple[str, int], State]:
    """By scenario and repeat; empty where nothing has begun. A line that was cut short is left out. Raises UserError."""
    states: dict[tuple[str, int], State] = {}
    try:
        text = whole_lines(suite / STATE)
    except OSError as error:
        raise UserError(f"{suite / STATE}: can't be read: {error.strerror}") from None
    for number, raw in enumerate(text.splitlines(), 1):
        try:
            line = Line.model_validate(json.loads(raw))
        except ValidationError:
            raise UserError(f"{suite / STATE}: line {number}: not a state of a run; the file is damaged") from None
        except ValueError:
            continue  # What was written of a line before a power cut.
        key = (line.scenario, line.repeat)
        if line.event == "begun":
            states[key] = State(line, None)
        elif key in states:
            states[key] = State(states[key].begun, line)
    return states
