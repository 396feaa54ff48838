"""The stop rule outage: most of what is asked fails."""

from collections import Counter, deque
from dataclasses import dataclass

from profiles import Stop
from profiles.stops import Traits
from report.text import span

from .failures import Count, failed_of, failures_in, main_cause, mostly, subjects
from .rule import BuiltIn, Moment, Reading, Seen

OUTAGE_SHARE = 0.5
"""An outage is when more than this share fails, in both halves of the window."""
OUTAGE_SECONDS = 10
"""The window is so long, if that many seconds hold enough rows."""
OUTAGE_ROWS = 20
"""Enough rows to judge."""
OUTAGE_LONGEST = 60
"""Seconds: the window grows until it holds enough rows, up to this."""


@dataclass(frozen=True)
class Down(Seen):
    """`failed` of so many requests of an endpoint (`subject`), or "job"s, in `seconds`."""

    subject: str
    failed: int
    of: int
    seconds: int
    cause: str

    def sentence(self) -> str:
        """Why the rule was armed or fired."""
        return f"{failed_of(self.subject, self.failed, self.of)} in {span(self.seconds)}{mostly(self.cause)}"


class OutageRule(BuiltIn):
    """Most of what is asked fails: there is nothing left to measure. Refusals (`api.rejected`) are answers, not failures."""

    name = "outage"
    traits = Traits()
    sees = Down
    broke = "most of what was asked failed"
    ends_when = f"more than half of the jobs, or of an endpoint's requests, fail for {OUTAGE_SECONDS} s"

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
        counts.append(failures_in(moment.newest, subject, refused=moment.profile.api.full_submit))
        self._good[subject] = 0 if counts[-1].bad else self._good[subject] + 1
        if self._good[subject] >= len(counts):
            return Reading()
        window = _newest(counts)
        bad, of = (sum(column) for column in zip(*window, strict=True))
        if len(window) < OUTAGE_SECONDS or of < OUTAGE_ROWS:
            return Reading()
        half = len(window) // 2
        down = [_share(part) > OUTAGE_SHARE for part in (window[:half], window[half:])]
        cause = main_cause(subject, moment, len(window)) if down[1] else ""
        return Reading(down[1], all(down), bad / of / OUTAGE_SHARE, Down(subject, bad, of, len(window), cause))


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
