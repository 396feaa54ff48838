"""The stop rule on the times of requests and jobs: latency-rise."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from itertools import chain, pairwise
from typing import Any

import numpy as np

from profiles import Profile, Stop
from report.measure import COMPLETED, Floats, job_times, server_times
from report.stats.quantiles import quantile
from report.stats.sequential import (
    SLOWER_WINDOWS,
    STRETCH,
    Rise,
    Stretch,
    against_another_load,
    against_the_same_load,
    against_unloaded,
)
from report.stats.unloaded import Unloaded, unloaded

from .history import Second, chosen_rows
from .rule import Moment, Reading, Rule

RISE_SECONDS, RISE_WINDOWS = 10, 3
"""Against the calmest step, and against the baseline: windows of at least 10 s, three in a row."""
SLOWER_SECONDS = 60
"""Against the same hold: windows of at least a minute, looked at each half of one."""
KEPT = 240
"""Windows of a hold that are kept; what is older says little of the present."""
CALM_SHARE, CALM_WINDOWS = 0.8, 2
"""What is over its limit is so until two windows in a row are below 80 % of it."""
FLOOR = 0.05
"""Seconds: a rise of p95 by less is not worth a stop."""

ALWAYS = (-np.inf, np.inf)
Times = tuple[Floats, Floats]
"""What one second says of a subject: its times, and (of jobs) its times by the server's clock."""


class _Window:
    """The seconds of a window that isn't full yet; of those without rows only the number is kept."""

    def __init__(self) -> None:
        self.parts: list[Times] = []
        self.seconds = self.rows = 0
        self._stretches = [0]

    def add(self, newest: Times) -> None:
        self.seconds += 1
        self.rows += len(newest[0])
        if len(newest[0]):
            self.parts.append(newest)
        if self.seconds % STRETCH == 0:
            self._stretches.append(len(self.parts))

    @property
    def times(self) -> Floats:
        """The times of all of it."""
        return _best_known(self.parts)

    @property
    def stretches(self) -> list[Stretch]:
        """The rows, and the sum of their times, of each 10 s."""
        parts = [self.parts[first:last] for first, last in pairwise(self._stretches)]
        times = [_best_known(some) if some else np.empty(0) for some in parts]
        return [(len(some), float(some.sum())) for some in times]


class LatencyRule(Rule):
    """p95 of an endpoint or of jobs is twice that of the calmest step, or 1.3 times what it was in this very hold; or its
    median is three times that of the unloaded service, where a baseline tells that."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop)
        self._tracks: dict[str, tuple[_Track, ...]] = {}

    def read(self, moment: Moment) -> Reading:
        """Windows lie in a hold, one after another, and hold at least the least number of rows."""
        for subject in (*moment.profile.endpoints, "job"):
            times = _times(subject, moment.newest) if moment.held else None
            if subject not in self._tracks:
                self._tracks[subject] = (_OtherSteps(subject), _SameHold(subject), _NoLoad(subject))
            for track in self._tracks[subject]:
                track.add(moment, times)
        readings = [track.reading for tracks in self._tracks.values() for track in tracks]
        return max(readings, key=lambda reading: (reading.fires, reading.breached, reading.near))


class _Track(ABC):
    """One subject's windows within the present step, and what they say."""

    seconds: int
    against: str
    measure = "p95"
    share = 1.0
    """Of the least number of rows, what one of the windows that lie one after another must have."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.reading = Reading()
        self._step = 0
        self._open = _Window()
        self._calm = 0

    def add(self, moment: Moment, newest: Times | None) -> None:
        """Take in the newest second, None outside a hold; judge when a window is full."""
        if moment.step is not None and moment.step.number != self._step:
            self.close_step()
            self._step, self._open, self.reading = moment.step.number, _Window(), Reading()
        if newest is None:
            return
        self._open.add(newest)
        if self._open.seconds < self.seconds or self._open.rows < self.share * moment.profile.method.min_jobs:
            return
        window, self._open = self._open, _Window()
        level = self.level(window, _floor(self.subject, moment.profile))
        if level is not None:
            self._judge(level, window.rows)

    @abstractmethod
    def close_step(self) -> None:
        """A step is over: keep what the next ones need of it."""

    @abstractmethod
    def level(self, window: _Window, floor: float) -> Rise | None:
        """What the newest window is held against; None if there is nothing yet."""

    @abstractmethod
    def lasts(self, over: int) -> bool:
        """Whether so many windows over the limit are enough."""

    def _judge(self, level: Rise, n: int) -> None:
        over = self.reading.values.get("windows", 0) + 1 if level.exceeded else 0
        self._calm = self._calm + 1 if level.now <= CALM_SHARE * level.limit else 0
        armed = level.exceeded or (self.reading.breached and self._calm < CALM_WINDOWS)
        values: dict[str, Any] = {"subject": self.subject, "against": self.against, self.measure: level.now,
                                  "baseline": level.before, "limit": level.limit, "n": n, "windows": over}  # fmt: skip
        self.reading = Reading(armed, self.lasts(over), level.now / level.limit, values)


class _OtherSteps(_Track):
    """Against the calmest step before: the median of its windows."""

    seconds, against = RISE_SECONDS, "step"

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self._calmest = float("inf")
        self._p95s: deque[float] = deque(maxlen=KEPT)

    def close_step(self) -> None:
        if self._p95s:
            self._calmest = min(self._calmest, float(np.median(self._p95s)))
        self._p95s.clear()

    def level(self, window: _Window, floor: float) -> Rise | None:
        self._p95s.append(quantile(window.times, 0.95))
        return against_another_load(self._p95s[-1], self._calmest, floor) if np.isfinite(self._calmest) else None

    def lasts(self, over: int) -> bool:
        return over >= RISE_WINDOWS


class _NoLoad(_Track):
    """Against the unloaded service: what was submitted, or sent, within the baseline and was over before the first hold."""

    seconds, against, measure = RISE_SECONDS, "baseline", "median"

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self._parts: list[Times] = []
        self._over = False
        self._unloaded: Unloaded | None = None

    def add(self, moment: Moment, newest: Times | None) -> None:
        if newest is not None and not self._over:
            self._unloaded, self._over = unloaded(_best_known(self._parts)) if self._parts else None, True
        if not self._over and moment.baseline is not None and moment.baseline.hold_start is not None:
            self._gather(moment.baseline.hold_start, moment.baseline.hold_end or np.inf, moment.newest)
        super().add(moment, newest)

    def _gather(self, start: float, end: float, second: Second) -> None:
        times = _times(self.subject, second, (start, end))
        if len(times[0]):
            self._parts.append(times)

    def close_step(self) -> None:
        """The baseline stays what it was."""

    def level(self, window: _Window, floor: float) -> Rise | None:
        return against_unloaded(quantile(window.times, 0.5), self._unloaded.high, floor) if self._unloaded else None

    def lasts(self, over: int) -> bool:
        return over >= RISE_WINDOWS


class _SameHold(_Track):
    """Against the earlier windows of the same hold. A window is two halves: each half ends one, so they overlap."""

    seconds, against, share = SLOWER_SECONDS // 2, "hold", 0.5

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self._halves: deque[tuple[int, Floats]] = deque(maxlen=2 * SLOWER_WINDOWS)
        self._p95s: deque[float] = deque(maxlen=2 * KEPT)
        self._stretches: deque[list[Stretch]] = deque(maxlen=2 * KEPT)

    def close_step(self) -> None:
        self._halves.clear()
        self._p95s.clear()
        self._stretches.clear()

    def level(self, window: _Window, floor: float) -> Rise | None:
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


def _times(subject: str, second: Second, begun: tuple[float, float] = ALWAYS) -> Times:
    """Those of the requests sent, or of the jobs due, in [start, end) alone."""
    start, end = begun
    if subject != "job":
        sent = second.requests["sent"]
        return second.requests["seconds"][(second.requests["endpoint"] == subject) & (start <= sent) & (sent < end)], np.empty(0)
    due = second.jobs["due"]
    jobs = chosen_rows(second.jobs, np.isin(second.jobs["outcome"], COMPLETED) & (start <= due) & (due < end))
    return job_times(jobs), server_times(jobs, "total")


def _best_known(parts: Iterable[Times]) -> Floats:
    """The times by the server's clock, where all of them are known."""
    own, server = (np.concatenate(column) for column in zip(*parts, strict=True))
    return server if len(server) and not np.isnan(server).any() else own


def _floor(subject: str, profile: Profile) -> float:
    """A job's time is known to within a polling interval, unless the server tells its own times."""
    told = profile.api.times.created and profile.api.times.finished
    return FLOOR if subject != "job" or told else profile.clients.poll_every
