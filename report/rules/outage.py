"""The stop rule outage: most of what is asked fails."""

from collections import Counter, deque

from profiles import Stop

from .failures import Count, failures_in, main_cause, subjects
from .rule import Moment, Reading, Rule

OUTAGE_SHARE, OUTAGE_SECONDS, OUTAGE_LONGEST, OUTAGE_ROWS = 0.5, 10, 60, 20
"""An outage: more than half fail, in both halves of the last 10 s (or of up to 60 s, if there are fewer than 20 rows)."""


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
        counts.append(failures_in(moment.newest, subject, refused=moment.profile.api.rejected))
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
                  "cause": main_cause(subject, moment, len(window)) if down[1] else ""}  # fmt: skip
        return Reading(down[1], all(down), bad / of / OUTAGE_SHARE, values)


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
