"""What a person sees while a run lasts: a line a second on a terminal, every ten seconds elsewhere."""

import shutil
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from profiles.units import duration_text
from report.measure import COMPLETED
from report.rules import RuleChange
from report.stats import quantile

if TYPE_CHECKING:
    from .director import Director

RECENT = 10


class Progress:
    """Prints how the run of a director stands."""

    def __init__(self, director: "Director") -> None:
        self._director = director
        self._live = sys.stdout.isatty()
        self._every = 1.0 if self._live else 10.0
        self._shown = time.monotonic()

    def show(self) -> None:
        """The status line, when it is time for one."""
        if time.monotonic() - self._shown < self._every:
            return
        self._shown = time.monotonic()
        line = self._line()
        width = shutil.get_terminal_size().columns - 1
        sys.stdout.write(f"\r\x1b[2K{line[:width]}" if self._live else line + "\n")
        sys.stdout.flush()

    def tell(self, event: dict[str, Any]) -> None:
        """A line for each step, hold and drain."""
        match event["event"]:
            case "ramp_start":
                rate = self._director.profile.offered_rate(event["clients"])
                total = len(self._director.schedule.stages)
                self._say(f"step {event['step']} of {total}: {event['clients']} clients, {rate:.3g} jobs/s offered")
            case "drain_start":
                limit = duration_text(event["limit"])
                self._say(f"ending: no more jobs are submitted; {event['in_flight']} in flight have {limit} to end")

    def tell_rule(self, change: RuleChange) -> None:
        """A line for each stop rule that fires."""
        if change.state == "fired":
            self._say(f"stop rule {change.rule!r} fired at {change.clients} clients")

    def end(self, reason: str, detail: str) -> None:
        """The last line."""
        self._say(f"run {reason}" + (f": {detail}" if detail else "") + f"; recorded in {self._director.folder}")

    def _say(self, text: str) -> None:
        clock = f"{self._director.now():6.0f} s  "
        sys.stdout.write(("\r\x1b[2K" if self._live else "") + clock + text + "\n")
        sys.stdout.flush()

    def _line(self) -> str:
        director = self._director
        recent = director.evaluator.history.last(RECENT)
        done = sum(int(np.isin(part.jobs["outcome"], COMPLETED).sum()) for part in recent)
        bad = sum(int(np.count_nonzero(~part.requests["ok"].astype(bool))) for part in recent)
        times = np.concatenate([part.requests["seconds"] for part in recent]) if recent else np.empty(0)
        p95 = f"{quantile(times, 0.95) * 1000:.0f} ms" if len(times) else "–"
        left = duration_text(round(director.schedule.left(director.now())))
        clients, in_flight = director.collector.total(lambda w: w.clients), director.collector.total(lambda w: w.in_flight)
        phase = "draining" if director.schedule.phase == "over" else f"{director.schedule.phase}, {left} left"
        return (
            f"{director.now():6.0f} s  step {director.schedule.step} {phase} | {clients} clients "
            f"| {done / max(1, len(recent)):.1f} jobs/s | p95 {p95} | {in_flight} in flight | {bad} errors | {self._nearest()}"
        )

    def _nearest(self) -> str:
        readings = self._director.evaluator.readings
        near = sorted(((reading.near, label) for label, reading in readings.items()), reverse=True)
        return ", ".join(f"{label} {min(9.99, value):.0%}" for value, label in near) or "no stop rules"
