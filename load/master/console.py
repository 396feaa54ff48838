"""What a person sees while a run lasts: a line a second on a terminal, every ten seconds elsewhere."""

import math
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from profiles import Profile
from profiles.units import duration_text
from report.recording.event import Event
from report.recording.events import (
    ActionEnd,
    ActionStart,
    ClearStart,
    DrainStart,
    HoldAgain,
    IdleStart,
    RampStart,
    RuleState,
    Signal,
    WorkerLost,
)
from report.recording.rows import COMPLETED
from report.rules.history import Second
from report.rules.stop_log import event_line, rule_sentence
from report.stats.quantiles import quantile

from .schedule import Phase

RECENT = 10
"""Seconds that the figures of the status line are taken over."""


@dataclass(frozen=True)
class Standing:
    """How a run stands. `left`: seconds until the ramp or hold ends; `near`: how near each stop rule is, 1 = fires."""

    step: int
    phase: Phase
    left: float
    clients: int
    in_flight: int
    recent: Sequence[Second]
    near: Mapping[str, float]


class Progress:
    """Prints how a run stands. `now` tells seconds since its epoch."""

    def __init__(self, profile: Profile, steps: int, now: Callable[[], float]) -> None:
        self._profile, self._steps, self._now = profile, steps, now
        self._live = sys.stdout.isatty()
        self._every = 1.0 if self._live else 10.0
        self._shown = time.monotonic()

    def show(self, standing: Callable[[], Standing]) -> None:
        """The status line, when it is time for one."""
        if time.monotonic() - self._shown < self._every:
            return
        self._shown = time.monotonic()
        line = f"{self._now():6.0f} s  {_status(standing())}"
        width = shutil.get_terminal_size().columns - 1
        sys.stdout.write(f"\r\x1b[2K{line[:width]}" if self._live else line + "\n")
        sys.stdout.flush()

    def wait(self, ready: int, expected: int) -> None:
        """How many workers are ready, now and then while not all are."""
        if time.monotonic() - self._shown > self._every:
            self._shown = time.monotonic()
            self._say(f"waiting for workers: {ready} of {expected} are ready")

    def tell(self, event: Event) -> None:
        """A line for what a person should know of while the run lasts."""
        match event:
            case RampStart():
                self._say(self._load(event))
            case HoldAgain() | ActionStart() | ActionEnd():
                self._say(event_line(event))
            case ClearStart():
                self._say(f"{event_line(event)}, which have {duration_text(event.limit)} to end")
            case IdleStart():
                self._say(f"nothing is asked for {duration_text(event.seconds)} {event.when} the load, to know the idle level")
            case WorkerLost():
                self._say(f"{event_line(event)}; the others take over its clients, and this step won't count")
            case Signal():
                self._say(f"{event_line(event)}; once more ends it now")
            case DrainStart():
                limit = duration_text(event.limit)
                self._say(f"ending: no more jobs are submitted; {event.in_flight} in flight have {limit} to end")
            case RuleState() if event.state == "fired":
                self._say(f"stop rule {event.rule!r} fired at {event.clients} clients: {rule_sentence(event)}")

    def _load(self, event: RampStart) -> str:
        if self._profile.batch is not None:
            return f"a batch of {self._profile.batch:,} jobs, submitted by {event.clients} clients at once"
        if event.role == "baseline":
            return f"baseline: one job at a time for {duration_text(event.hold)}, to know the unloaded service"
        rate = self._profile.offered_rate(event.clients)
        of = f" of {self._steps}" if self._steps else ""
        confirms = ", to confirm the capacity" if event.role == "confirmation" else ""
        return f"step {event.step}{of}: {event.clients} clients, {rate:.3g} jobs/s offered{confirms}"

    def end(self, reason: str, detail: str, folder: Path) -> None:
        """The last line."""
        self._say(f"run {reason}" + (f": {detail}" if detail else "") + f"; recorded in {folder}")

    def _say(self, text: str) -> None:
        clock = f"{self._now():6.0f} s  "
        sys.stdout.write(("\r\x1b[2K" if self._live else "") + clock + text + "\n")
        sys.stdout.flush()


def _status(standing: Standing) -> str:
    recent = standing.recent
    done = sum(int(np.isin(part.jobs["outcome"], COMPLETED).sum()) for part in recent)
    bad = sum(int(np.count_nonzero(~part.requests["ok"].astype(bool))) for part in recent)
    times = np.concatenate([part.requests["seconds"] for part in recent]) if recent else np.empty(0)
    p95 = f"{quantile(times, 0.95) * 1000:.0f} ms" if len(times) else "–"
    phase = "draining" if standing.phase == "over" else f"{standing.phase}{_left(standing.left)}"
    near = sorted(standing.near.items(), key=lambda rule: rule[1], reverse=True)
    rules = ", ".join(f"{label} {min(9.99, value):.0%}" for label, value in near) or "no stop rules"
    step = f"step {standing.step}" if standing.step else "baseline"
    return (
        f"{step} {phase} | {standing.clients} clients | {done / max(1, len(recent)):.1f} jobs/s "
        f"| requests p95 {p95} | {standing.in_flight} in flight | {bad} errors | {rules}"
    )


def _left(seconds: float) -> str:
    return f", {duration_text(round(seconds))} left" if math.isfinite(seconds) else ""
