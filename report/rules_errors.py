"""Stop rules on failures: errors, outage."""

from collections import Counter, deque
from typing import Any, NamedTuple

import numpy as np

from profiles import Profile, Stop

from .history import Second, pooled
from .reading import Moment, Reading, Rule
from .stats_stops import ALARM, Excursion, bernoulli_cusum, first_failure

NEAR_ALARM = 0.5
"""The errors rule is armed from here on, half of the evidence that it needs, until there is none."""
CAUSE_SECONDS = 60
"""Seconds that are searched for the most frequent cause."""
OUTAGE_SHARE, OUTAGE_SECONDS, OUTAGE_LONGEST, OUTAGE_ROWS = 0.5, 10, 60, 20
"""An outage: more than half fail, in both halves of the last 10 s (or of up to 60 s, if there are fewer than 20 rows)."""


class Count(NamedTuple):
    """Failures among the requests of an endpoint that completed in one second, or among the jobs that ended."""

    bad: int
    of: int


class ErrorsRule(Rule):
    """Too many failed requests of an endpoint, or jobs that did not succeed: by CUSUM, or at the first where none is
    tolerated."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop)
        self._tolerate = stop.tolerate
        self._tracks: dict[str, Excursion] = {}
        self._armed: set[str] = set()

    def read(self, moment: Moment) -> Reading:
        """Each subject by itself, so that many good polls don't hide bad submits; the nearest is told."""
        return max((self._of(subject, moment) for subject in subjects(moment.profile)), key=lambda r: (r.breached, r.near))

    def renew(self) -> None:
        """The next step is judged by its own failures."""
        self._tracks, self._armed = {}, set()

    def _of(self, subject: str, moment: Moment) -> Reading:
        count = _failures(moment.newest, subject)
        before = self._tracks.get(subject, Excursion())
        now = bernoulli_cusum(before, *count, self._tolerate) if self._tolerate else first_failure(before, *count)
        self._tracks[subject] = now
        near = now.score / ALARM
        if near >= NEAR_ALARM:
            self._armed.add(subject)
        elif not near:
            self._armed.discard(subject)
        if subject not in self._armed:
            return Reading(near=near)
        values = {"subject": subject, "failed": now.bad, "of": now.of, "seconds": now.seconds, "tolerate": self._tolerate,
                  "score": now.score, "limit": ALARM, "cause": _main_cause(subject, moment, now.seconds)}  # fmt: skip
        return Reading(True, now.alarms, near, values)


class OutageRule(Rule):
    """Most of what is asked fails: there is nothing left to measure. Refusals (`api.rejected`) are answers, not failures."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop)
        self._counts: dict[str, deque[Count]] = {}
        self._good: Counter[str] = Counter()

    def read(self, moment: Moment) -> Reading:
        """Each subject by itself; the worst is told."""
        return max((self._of(subject, moment) for subject in subjects(moment.profile)), key=lambda r: (r.fires, r.near))

    def renew(self) -> None:
        """The next step is judged by its own failures."""
        self._counts = {}
        self._good.clear()

    def _of(self, subject: str, moment: Moment) -> Reading:
        counts = self._counts.setdefault(subject, deque(maxlen=OUTAGE_LONGEST))
        counts.append(_failures(moment.newest, subject, refused=moment.profile.api.rejected))
        self._good[subject] = 0 if counts[-1].bad else self._good[subject] + 1
        if self._good[subject] >= len(counts):
            return Reading()
        window = _newest(counts)
        bad, of = (sum(column) for column in zip(*window, strict=True))
        if len(window) < OUTAGE_SECONDS or of < OUTAGE_ROWS:
            return Reading()
        half = len(window) // 2
        down = [_share(part) > OUTAGE_SHARE for part in (window[:half], window[half:])]
        values = {"subject": subject, "failed": bad, "of": of, "seconds": len(window),
                  "cause": _main_cause(subject, moment, len(window)) if down[1] else ""}  # fmt: skip
        return Reading(down[1], all(down), bad / of / OUTAGE_SHARE, values)


def subjects(profile: Profile) -> tuple[str, ...]:
    """What is judged, each by itself."""
    return ("job", *profile.endpoints)


def _newest(counts: deque[Count]) -> list[Count]:
    """The newest seconds: 10, or more until they hold enough rows."""
    newest: list[Count] = []
    rows = 0
    for count in reversed(counts):
        newest.insert(0, count)
        rows += count.of
        if len(newest) >= OUTAGE_SECONDS and rows >= OUTAGE_ROWS:
            break
    return newest


def _share(window: list[Count]) -> float:
    of = sum(count.of for count in window)
    return sum(count.bad for count in window) / of if of else 0.0


def _failures(second: Second, subject: str, refused: tuple[int, ...] = ()) -> Count:
    """Failures of one second; abandoned jobs have not ended, and where `refused` is given, refusals are no failures."""
    if subject == "job":
        outcomes = second.jobs["outcome"]
        ended = outcomes[outcomes != "abandoned"]
        bad = ended != "succeeded"
        return Count(int(np.count_nonzero(bad & (ended != "rejected") if refused else bad)), len(ended))
    chosen = second.requests["endpoint"] == subject
    bad = ~second.requests["ok"][chosen].astype(bool)
    if refused and bad.any():
        bad &= ~np.isin(second.requests["code"][chosen], refused)
    return Count(int(np.count_nonzero(bad)), len(bad))


def _main_cause(subject: str, moment: Moment, seconds: int) -> str:
    rows = pooled(moment.history.last(min(seconds, CAUSE_SECONDS)), subject)
    bad: Any = rows["outcome"] != "succeeded" if subject == "job" else ~rows["ok"].astype(bool)
    causes, counts = np.unique(rows["error"][bad].astype(str), return_counts=True)
    return str(causes[np.argmax(counts)]) if len(causes) else ""
