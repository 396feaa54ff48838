"""Stop conditions in the profile's own words."""

from collections import deque
from dataclasses import dataclass, replace
from math import ceil
from typing import NamedTuple

import numpy as np

from profiles import Condition, Stop
from profiles.conditions import STATISTICS
from report.measure import Window, measure, sample_size, samples_meant
from report.text import quantity, span

from .history import KEEP
from .rule import Moment, Reading, Rule, Seen

SAMPLES_LAST = 3
"""Seconds that a sample stands for where none follows: samplers drift, and some second stays without one."""
CALM_SHARE = 0.8
"""A condition that was true is cleared when it has been below 80 % of its limit over two windows."""


class Measured(NamedTuple):
    """What was measured over the last `seconds`, on `n` requests, jobs or samples; NaN: nothing, or too few."""

    value: float
    n: int
    seconds: int


@dataclass(frozen=True)
class Measurement(Seen):
    """A condition's `value` over the last `seconds`, on `n` requests, jobs or samples (None: nothing was measured, for `silent`
    seconds), against its limit, both in `unit`. It was true for `held` seconds of the `for_` that it takes, or in `true` of
    the last `of` windows, where `wanted` are enough."""

    value: float | None
    limit: float
    unit: str
    n: int
    seconds: int
    silent: int = 0
    for_: float | None = None
    held: int | None = None
    wanted: int | None = None
    of: int | None = None
    true: int | None = None

    def sentence(self) -> str:
        """Why the condition was armed or fired."""
        limit = quantity(self.limit, self.unit)
        if self.value is None:
            said = f"nothing was measured for {span(self.silent)}, limit {limit}"
        else:
            said = f"it was {quantity(self.value, self.unit)}, limit {limit}"
            if self.seconds > 1:
                said += f", over {span(self.seconds)} (n = {self.n:,})"
        if self.of is not None:
            return f"{said}; true in {self.true} of the last {self.of} windows, {self.wanted} are enough"
        return f"{said}; true for {self.held or 0} s" + (f" of {span(self.for_)}" if (self.for_ or 0) > 1 else "")


class ConditionRule(Rule):
    """A condition that is true at every second for so long, or in k of the last n windows."""

    sees = Measurement

    @property
    def ends_when(self) -> str:
        """The condition with all that it takes to fire, for the report's load profile."""
        stop = self._stop
        over = f", measured over {span(stop.over)}" if stop.over else ""
        if stop.of:
            return f"{stop.when}{over}, in {stop.of} windows"
        return f"{stop.when}{over}" + (f", for {span(stop.lasting)}" if stop.lasting else "")

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop)
        self._stop = stop
        self._gauge: _Gauge | None = None
        self._lasts: _Seconds | _Windows = _Windows(*stop.windows) if stop.windows else _Seconds(stop.lasting)
        self._breached = False
        self._calm_seconds = self._silent = 0
        self._last = Reading()

    def read(self, moment: Moment) -> Reading:
        """Measured each second; in windows that don't overlap where k of n are asked for. A condition that ends steps
        looks at holds alone."""
        self._gauge = self._gauge or _Gauge(self._stop, moment)
        measured = self._gauge.read(moment)
        if measured is None:
            return replace(self._last, fires=False)
        condition = self._gauge.condition
        self._silent = self._silent + 1 if np.isnan(measured.value) else 0
        true = self._truth(condition, measured.value)
        self._lasts = self._lasts.after(true)
        self._settle(condition, measured, bool(true))
        value = None if np.isnan(measured.value) else measured.value
        seen = Measurement(value, condition.value, condition.dimension, measured.n, measured.seconds, self._silent)
        near = _near(condition, measured.value, bool(true))
        self._last = Reading(self._breached, self._lasts.enough and bool(true), near, self._lasts.told_with(seen))
        return self._last

    def renew(self) -> None:
        """What the last step showed counts no more."""
        self._lasts, self._breached, self._last = self._lasts.afresh(), False, Reading()

    def _truth(self, condition: Condition, value: float) -> bool | None:
        """Whether the condition is true; None where nothing is known and that is to change nothing."""
        if not np.isnan(value):
            return condition.holds(value)
        return {"false": False, "true": True, "skip": None}[self._stop.missing]

    def _settle(self, condition: Condition, measured: Measured, true: bool) -> None:
        """True at once; not true any more only when it is well below the limit for two windows."""
        if true:
            self._breached, self._calm_seconds = True, 0
        elif np.isnan(measured.value) or condition.calm(measured.value, CALM_SHARE):
            self._calm_seconds += 1
            windows = self._calm_seconds if self._stop.windows else self._calm_seconds - measured.seconds + 1
            self._breached = self._breached and windows < 2
        else:
            self._calm_seconds = 0


class _Gauge:
    """Measures one condition, each second or at the end of each window."""

    def __init__(self, stop: Stop, moment: Moment) -> None:
        self.condition = moment.profile.condition(stop.label)
        usual = moment.profile.method.window if self.condition.on_rows or stop.of else 1
        self._seconds = round(usual if stop.over is None else stop.over)
        self._longest = max(self._seconds, KEEP) if stop.over is None and not stop.of else self._seconds
        statistic = self.condition.on_rows and self.condition.metric in STATISTICS
        self._least = stop.least or (moment.profile.method.min_jobs if statistic else 1)
        self._whole = stop.over is not None or stop.of is not None
        self._apart, self._in_holds = stop.of is not None, stop.then == "next"
        self._samples: deque[dict[tuple[str, str], float]] = deque(maxlen=self._seconds)

    def read(self, moment: Moment) -> Measured | None:
        """None where it isn't time yet."""
        if not self.condition.on_rows:
            newest = samples_meant(self.condition, moment.newest.samples)
            self._samples.append({key: float(np.mean(values)) for key, values in newest.items()})
        second = moment.history.second
        there = moment.held if self._in_holds else second
        if ((self._whole or self._in_holds) and there < self._seconds) or (self._apart and second % self._seconds):
            return None
        window = self._rows(moment, there) if self.condition.on_rows else self._sampled(moment)
        n = sample_size(self.condition, window)
        return Measured(measure(self.condition, window) if n >= self._least else float("nan"), n, round(window.seconds))

    def _rows(self, moment: Moment, there: int) -> Window:
        """The usual window, or a longer one where it takes longer for enough rows to come."""
        seconds, longest = self._seconds, min(self._longest, there)
        window = moment.history.window(seconds)
        while seconds < longest and sample_size(self.condition, window) < self._least > 1:
            seconds = min(2 * seconds, longest)
            window = moment.history.window(seconds)
        return window

    def _sampled(self, moment: Moment) -> Window:
        now = float(moment.history.second)
        if self._seconds == 1:
            return Window(now - 1, now, {}, {}, moment.history.newest_samples(SAMPLES_LAST))
        kept: dict[tuple[str, str], list[float]] = {}
        for second in self._samples:
            for key, value in second.items():
                kept.setdefault(key, []).append(value)
        return Window(now - self._seconds, now, {}, {}, {key: np.array(values) for key, values in kept.items()})


@dataclass(frozen=True)
class _Seconds:
    """True at every second, for `lasting` of them."""

    lasting: float
    held: int = 0

    def after(self, true: bool | None) -> "_Seconds":
        return self if true is None else replace(self, held=self.held + 1 if true else 0)

    def afresh(self) -> "_Seconds":
        return replace(self, held=0)

    @property
    def enough(self) -> bool:
        return self.held >= max(1, ceil(self.lasting))

    def told_with(self, seen: Measurement) -> Measurement:
        return replace(seen, for_=self.lasting, held=self.held)


@dataclass(frozen=True)
class _Windows:
    """True in `wanted` of the last `of` windows."""

    wanted: int
    of: int
    seen: tuple[bool, ...] = ()

    def after(self, true: bool | None) -> "_Windows":
        return self if true is None else replace(self, seen=(*self.seen, true)[-self.of :])

    def afresh(self) -> "_Windows":
        return replace(self, seen=())

    @property
    def enough(self) -> bool:
        return sum(self.seen) >= self.wanted

    def told_with(self, seen: Measurement) -> Measurement:
        return replace(seen, wanted=self.wanted, of=self.of, true=sum(self.seen))


def _near(condition: Condition, value: float, true: bool) -> float:
    """How near the limit is, where that can be said."""
    return value / condition.value if condition.value > 0 and condition.op[0] == ">" and value == value else float(true)
