"""Stop rules on how well work gets done: errors, latency-rise."""

from typing import Any

import numpy as np

from profiles import Profile, Stop

from .history import Second, pooled
from .measure import COMPLETED, job_times, server_times
from .reading import Moment, Reading
from .stats import quantile

ERROR_WINDOW = 60
"""Seconds over which the error rate is pooled (method 7 of docs/method.md: stop rules)."""
LATENCY_FACTOR, LATENCY_WINDOWS, LATENCY_SECONDS = 2.0, 3, 10
"""Response time has risen: p95 above twice the lowest step's in three windows in a row, each of ≥ 10 s."""
LATENCY_FLOOR = 0.05
"""Seconds: a rise of p95 by less is not worth a stop."""


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
