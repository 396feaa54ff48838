"""What the times of one subject in a window are held against: other steps, the same hold, the unloaded service."""

from abc import ABC, abstractmethod
from collections import deque
from itertools import chain
from typing import Literal, NamedTuple

import numpy as np

from report.measure import Floats
from report.rules.history import Second
from report.rules.rule import Moment
from report.stats.quantiles import quantile
from report.stats.sequential import (
    SLOWER_WINDOWS,
    Rise,
    Stretch,
    against_another_load,
    against_the_same_load,
    against_unloaded,
)
from report.stats.unloaded import Unloaded, unloaded

from .windows import Times, Window, best_known, floor_of, times_of

RISE_SECONDS = 10
"""Windows are at least so long that are held against the calmest step, or the baseline."""
RISE_WINDOWS = 3
"""So many of these in a row must be over the limit."""
SLOWER_SECONDS = 60
"""Windows are at least so long that are held against the same hold; they are looked at each half of one."""
KEPT = 240
"""Windows of a hold that are kept; what is older says little of the present."""
CALM_SHARE = 0.8
"""What was over its limit is calm below this share of it."""
CALM_WINDOWS = 2
"""It is over its limit no more once so many windows in a row are calm."""


Against = Literal["step", "hold", "baseline"]


class Standing(NamedTuple):
    """How a subject stands after its newest window: over its limit (`breached`), for long enough (`fires`); what was compared,
    over `n` rows, the last of so many `windows` in a row that were over it."""

    breached: bool = False
    fires: bool = False
    level: Rise | None = None
    n: int = 0
    windows: int = 0

    @property
    def near(self) -> float:
        """How near the limit is: 1 at it."""
        return self.level.now / self.level.limit if self.level else 0.0


class Track(ABC):
    """One subject's windows within the present step, and what they say."""

    seconds: int
    against: Against
    """What the windows are compared with: the calmest step, the same hold, or the baseline."""
    share = 1.0
    """Of the least number of rows, what one of the windows that lie one after another must have."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.standing = Standing()
        self._step = 0
        self._open = Window()
        self._calm = 0

    def add(self, moment: Moment, newest: Times | None) -> None:
        """Take in the newest second, None outside a hold; judge when a window is full."""
        if moment.step is not None and moment.step.number != self._step:
            self.close_step()
            self._step, self._open, self.standing = moment.step.number, Window(), Standing()
        if newest is None:
            return
        self._open.add(newest)
        if self._open.seconds < self.seconds or self._open.rows < self.share * moment.profile.method.min_jobs:
            return
        window, self._open = self._open, Window()
        level = self.level(window, floor_of(self.subject, moment.profile))
        if level is not None:
            self._judge(level, window.rows)

    @abstractmethod
    def close_step(self) -> None:
        """A step is over: keep what the next ones need of it."""

    @abstractmethod
    def level(self, window: Window, floor: float) -> Rise | None:
        """What the newest window is held against; None if there is nothing yet."""

    @abstractmethod
    def lasts(self, over: int) -> bool:
        """Whether so many windows over the limit are enough."""

    def _judge(self, level: Rise, n: int) -> None:
        over = self.standing.windows + 1 if level.exceeded else 0
        self._calm = self._calm + 1 if level.now <= CALM_SHARE * level.limit else 0
        armed = level.exceeded or (self.standing.breached and self._calm < CALM_WINDOWS)
        self.standing = Standing(armed, self.lasts(over), level, n, over)


class OtherSteps(Track):
    """Against the calmest step before: the median of its windows."""

    seconds: int = RISE_SECONDS
    against: Against = "step"

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self._calmest = float("inf")
        self._p95s: deque[float] = deque(maxlen=KEPT)

    def close_step(self) -> None:
        if self._p95s:
            self._calmest = min(self._calmest, float(np.median(self._p95s)))
        self._p95s.clear()

    def level(self, window: Window, floor: float) -> Rise | None:
        self._p95s.append(quantile(window.times, 0.95))
        return against_another_load(self._p95s[-1], self._calmest, floor) if np.isfinite(self._calmest) else None

    def lasts(self, over: int) -> bool:
        return over >= RISE_WINDOWS


class NoLoad(Track):
    """Against the unloaded service: what was submitted, or sent, within the baseline and was over before the first hold."""

    seconds: int = RISE_SECONDS
    against: Against = "baseline"

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self._parts: list[Times] = []
        self._over = False
        self._unloaded: Unloaded | None = None

    def add(self, moment: Moment, newest: Times | None) -> None:
        if newest is not None and not self._over:
            self._unloaded, self._over = unloaded(best_known(self._parts)) if self._parts else None, True
        if not self._over and moment.baseline is not None and moment.baseline.hold_start is not None:
            self._gather(moment.baseline.hold_start, moment.baseline.hold_end or np.inf, moment.newest)
        super().add(moment, newest)

    def _gather(self, start: float, end: float, second: Second) -> None:
        times = times_of(self.subject, second, (start, end))
        if len(times[0]):
            self._parts.append(times)

    def close_step(self) -> None:
        """The baseline stays what it was."""

    def level(self, window: Window, floor: float) -> Rise | None:
        return against_unloaded(quantile(window.times, 0.5), self._unloaded.high, floor) if self._unloaded else None

    def lasts(self, over: int) -> bool:
        return over >= RISE_WINDOWS


class SameHold(Track):
    """Against the earlier windows of the same hold. A window is two halves: each half ends one, so they overlap."""

    seconds: int = SLOWER_SECONDS // 2
    against: Against = "hold"
    share = 0.5

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self._halves: deque[tuple[int, Floats]] = deque(maxlen=2 * SLOWER_WINDOWS)
        self._p95s: deque[float] = deque(maxlen=2 * KEPT)
        self._stretches: deque[list[Stretch]] = deque(maxlen=2 * KEPT)

    def close_step(self) -> None:
        self._halves.clear()
        self._p95s.clear()
        self._stretches.clear()

    def level(self, window: Window, floor: float) -> Rise | None:
        self._halves.append((window.seconds, window.times))
        self._stretches.append(window.stretches)
        if len(self._halves) < 2:
            return None
        seconds, halves = zip(*self._halves, strict=True)
        self._p95s.append(quantile(np.concatenate(halves[-2:]), 0.95))
        apart = list(self._p95s)[::-2][::-1]
        before = list(chain.from_iterable(list(self._stretches)[: -len(halves)]))
        return against_the_same_load(apart, np.concatenate(halves), sum(seconds), before, floor)

    def lasts(self, over: int) -> bool:
        return over >= 1
