"""The stop rules: what each looks for, second by second. `Reading.near` tells how near one is to firing: 1 is its limit."""

from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any, Literal, Protocol

import numpy as np

from profiles import Profile, Stop
from profiles.conditions import ROW_METRICS

from .history import History, Second, Tally, pooled
from .measure import COMPLETED, job_times, measure, server_times
from .stats import Backlog, quantile
from .steps import Step

Values = dict[str, Any]

ERROR_WINDOW = 60
"""Seconds over which the error rate is pooled (method 7 of docs/method.md: stop rules)."""
LATENCY_FACTOR, LATENCY_WINDOWS, LATENCY_SECONDS = 2.0, 3, 10
"""Response time has risen: p95 above twice the lowest step's in three windows in a row, each of ≥ 10 s."""
LATENCY_FLOOR = 0.05
"""Seconds: a rise of p95 by less is not worth a stop."""
PLATEAU_GAIN, PLATEAU_LOAD = 0.05, 1.10
"""Throughput is flat: it gains less than 5 % on the best step so far, with at least 10 % more clients."""
BACKLOG_LONGEST, BACKLOG_SHIFT = 60, 4
"""Work piles up: in two windows (a third of the hold, at most 60 s) that overlap by three quarters."""

SAMPLES_LAST = 3
"""Seconds that a sample stands for where none follows: samplers drift, and some second stays without one."""


@dataclass(frozen=True)
class Reading:
    """What a rule sees at one second."""

    breached: bool = False
    fires: bool = False
    near: float = 0.0
    values: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """What a rule may look at: the history up to a second, the step it lies in, and the step that just ended."""

    history: History
    profile: Profile
    newest: Second
    step: Step | None
    held: int
    """Whole seconds of the present hold that the history has; 0 outside a hold."""
    ended: Step | None


class Rule(Protocol):
    """One stop condition; `read` is called once for each second, in order."""

    label: str
    then: Literal["stop", "note"]

    def read(self, moment: Moment) -> Reading:
        """What the rule sees at this second."""


def rule_for(stop: Stop) -> Rule:
    """The rule of one stop condition."""
    match stop.rule:
        case "errors":
            return ErrorsRule(stop)
        case "plateau":
            return PlateauRule(stop)
        case "latency-rise":
            return LatencyRule(stop)
        case "backlog":
            return BacklogRule(stop)
        case _:
            return ConditionRule(stop)


class ErrorsRule:
    """Too many failed requests of an endpoint, or jobs that did not succeed, within the last minute."""

    def __init__(self, stop: Stop) -> None:
        self.label, self.then, self._tolerate = stop.label, stop.then, stop.tolerate

    def read(self, moment: Moment) -> Reading:
        """With `tolerate = 0` one failure is enough; else failures / max(rows, minimum) must exceed it."""
        recent = moment.history.last(ERROR_WINDOW)
        subjects = ("job", *moment.profile.endpoints)
        return max((self._of(subject, recent, moment.profile.method.min_jobs) for subject in subjects), key=lambda r: r.near)

    def _of(self, subject: str, recent: list[Second], least: int) -> Reading:
        bad, of = 0, 0
        for second in recent:
            good = _succeeded(second) if subject == "job" else _ok(second, subject)
            bad, of = bad + int(np.count_nonzero(~good)), of + len(good)
        if not bad:
            return Reading()
        fires = bad > self._tolerate * max(of, least)
        near = bad / (self._tolerate * max(of, least)) if self._tolerate else 1.0
        values = {"subject": subject, "failed": bad, "of": of, "tolerate": self._tolerate, "cause": _main_cause(subject, recent)}
        return Reading(fires, fires, near, values)


def _ok(second: Second, endpoint: str) -> Any:
    return second.requests["ok"][second.requests["endpoint"] == endpoint].astype(bool)


def _succeeded(second: Second) -> Any:
    outcomes = second.jobs["outcome"]
    return outcomes[outcomes != "abandoned"] == "succeeded"


def _main_cause(subject: str, recent: list[Second]) -> str:
    rows = pooled(recent, subject)
    bad = rows["outcome"] != "succeeded" if subject == "job" else ~rows["ok"].astype(bool)
    causes, counts = np.unique(rows["error"][bad].astype(str), return_counts=True)
    return str(causes[np.argmax(counts)]) if len(causes) else ""


class PlateauRule:
    """More clients no longer bring more completed jobs: judged when a step has been held to its end."""

    def __init__(self, stop: Stop) -> None:
        self.label, self.then = stop.label, stop.then
        self._best: tuple[float, int] | None = None

    def read(self, moment: Moment) -> Reading:
        """Compare the step that just ended with the best before it, by jobs completed per second."""
        step = moment.ended
        if step is None or step.hold is None:
            return Reading()
        seconds = moment.history.second - ceil(step.hold[0])
        parts = moment.history.tallies(seconds * 2 // 3)
        done = sum(part.completed for part in parts)
        rate = done / max(1, len(parts))
        best = self._best
        if done >= moment.profile.method.min_jobs:  # A best of a few jobs would be chance.
            self._best = max(best or (rate, step.clients), (rate, step.clients))
        if best is None or step.clients < best[1] * PLATEAU_LOAD or not best[0]:
            return Reading()
        gain = rate / best[0] - 1
        values = {"rate": rate, "best_rate": best[0], "best_clients": best[1], "gain": gain, "needed": PLATEAU_GAIN}
        flat = gain < PLATEAU_GAIN
        return Reading(flat, flat, 1.0 if flat else PLATEAU_GAIN / gain, values)


class BacklogRule:
    """Jobs in flight grow by more than chance explains, in two overlapping windows or over a hold's last two thirds."""

    def __init__(self, stop: Stop) -> None:
        self.label, self.then = stop.label, stop.then

    def read(self, moment: Moment) -> Reading:
        """Only open clients can build a backlog without bound."""
        if moment.step is None or moment.profile.clients.mode != "open":
            return Reading()
        if moment.ended is not None and moment.ended.hold is not None:
            held = moment.history.second - ceil(moment.ended.hold[0])
            whole = _backlog(moment.history.tallies(held * 2 // 3))
            if whole.grows:
                return self._reading(moment, whole, fires=True)
        length = self._window(moment)
        shift = length // BACKLOG_SHIFT
        if moment.held < length:
            return Reading()
        late = _backlog(moment.history.tallies(length))
        early = _backlog(moment.history.tallies(length, before=shift)) if moment.held >= length + shift else None
        return self._reading(moment, late, fires=late.grows and early is not None and early.grows)

    def _window(self, moment: Moment) -> int:
        planned = moment.profile.load.hold
        return round(min(BACKLOG_LONGEST, max(moment.profile.method.window, planned / 3)))

    def _reading(self, moment: Moment, seen: Backlog, fires: bool) -> Reading:
        values = {
            "growth": seen.growth,
            "arrivals": seen.arrivals,
            "allowed": seen.allowed,
            "seconds": seen.seconds,
            "in_flight": moment.history.open_jobs,
        }
        return Reading(seen.grows, fires, max(0.0, seen.growth / seen.allowed if seen.allowed else 0.0), values)


def _backlog(parts: list[Tally]) -> Backlog:
    arrivals = sum(part.arrivals for part in parts)
    return Backlog(arrivals - sum(part.ends for part in parts), arrivals, float(len(parts)))


class LatencyRule:
    """p95 of an endpoint or of jobs stays above twice that of the calmest step, in three windows in a row."""

    def __init__(self, stop: Stop) -> None:
        self.label, self.then = stop.label, stop.then
        self._tracks: dict[str, _Track] = {}

    def read(self, moment: Moment) -> Reading:
        """Windows lie in a hold, one after another, of at least 10 s and the least number of rows."""
        for subject in (*moment.profile.endpoints, "job"):
            track = self._tracks.setdefault(subject, _Track(subject))
            track.add(moment)
        return max((track.reading for track in self._tracks.values()), key=lambda r: (r.fires, r.near))


class _Track:
    """One subject's windows: their p95 within the present step, and the calmest step so far."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._open: list[Second] = []
        self._step = 0
        self._values: list[float] = []
        self._over = 0
        self._baseline = float("inf")
        self.reading = Reading()

    def add(self, moment: Moment) -> None:
        if moment.step is not None and moment.step.number != self._step:
            self._close_step(moment.step.number)
        if not moment.held:
            return
        self._open.append(moment.newest)
        if len(self._open) < LATENCY_SECONDS:
            return
        times = _times(self._subject, self._open)
        if len(times) < moment.profile.method.min_jobs:
            return
        self._open = []
        self._values.append(quantile(times, 0.95))
        self._judge(len(times), _floor(self._subject, moment.profile))

    def _close_step(self, number: int) -> None:
        if self._values:
            self._baseline = min(self._baseline, float(np.median(self._values)))
        self._step, self._values, self._open, self._over = number, [], [], 0
        self.reading = Reading()

    def _judge(self, n: int, floor: float) -> None:
        if self._baseline == float("inf"):
            return
        p95, limit = self._values[-1], max(LATENCY_FACTOR * self._baseline, self._baseline + floor)
        self._over = self._over + 1 if p95 > limit else 0
        values = {"subject": self._subject, "p95": p95, "baseline": self._baseline, "limit": limit, "n": n, "windows": self._over}
        self.reading = Reading(self._over > 0, self._over >= LATENCY_WINDOWS, p95 / limit, values)


def _times(subject: str, parts: list[Second]) -> Any:
    rows = pooled(parts, subject)
    if subject != "job":
        return rows["seconds"]
    done = np.isin(rows["outcome"], COMPLETED)
    jobs = {name: column[done] for name, column in rows.items()}
    by_server = server_times(jobs, "total")
    return by_server if len(by_server) and not np.isnan(by_server).any() else job_times(jobs)


def _floor(subject: str, profile: Profile) -> float:
    """A job's time is known to within a polling interval, unless the server tells its own times."""
    told = profile.api.times.created and profile.api.times.finished
    return LATENCY_FLOOR if subject != "job" or told else profile.clients.poll_every


class ConditionRule:
    """A condition in the profile's own words, true at every second for so long."""

    def __init__(self, stop: Stop) -> None:
        self.label, self.then, self._for = stop.label, stop.then, stop.for_
        self._true_for = 0

    def read(self, moment: Moment) -> Reading:
        """Row metrics are measured over the method's window, watched ones over the last second that has a sample."""
        condition = moment.profile.condition(self.label)
        on_rows = condition.metric in ROW_METRICS or condition.subject == "job"
        window = moment.history.window(round(moment.profile.method.window) if on_rows else 1)
        if not on_rows:
            window = replace(window, samples=moment.history.newest_samples(SAMPLES_LAST))
        value = measure(condition, window)
        true = condition.holds(value)
        self._true_for = self._true_for + 1 if true else 0
        near = value / condition.value if condition.value and condition.op[0] == ">" and value == value else float(true)
        values = {"value": None if value != value else value, "limit": condition.value, "unit": condition.dimension,
                  "for": self._for, "held": self._true_for}  # fmt: skip
        return Reading(true, true and self._true_for >= self._for, near, values)
