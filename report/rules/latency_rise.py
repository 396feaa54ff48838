"""The stop rule latency-rise: requests or jobs take longer than they did under another load, earlier, or without load."""

from dataclasses import dataclass

from profiles import Stop
from profiles.stops import Traits
from report.text import seconds

from .latency.tracks import Against, NoLoad, OtherSteps, SameHold, Track
from .latency.windows import times_of
from .rule import BuiltIn, Moment, Reading, Seen


@dataclass(frozen=True, kw_only=True)
class Slower(Seen):
    """The p95 of an endpoint or of "job" (`subject`), or its median where it is held against the baseline, and what it was
    before, in seconds; seen over `n` rows, the last of so many `windows` in a row."""

    subject: str
    against: Against = "step"
    p95: float | None = None
    median: float | None = None
    baseline: float
    limit: float
    n: int
    windows: int

    def sentence(self) -> str:
        """Why the rule was armed or fired."""
        if self.against == "baseline":
            return (
                f"half of {self._those} took more than {seconds(self.median)}, limit {seconds(self.limit)} "
                f"(unloaded: at most {seconds(self.baseline)}), {self._in_a_row}"
            )
        head = f"p95 of {self.subject} was {seconds(self.p95)}, limit {seconds(self.limit)}"
        if self.against == "hold":
            return f"{head} (earlier in this step: {seconds(self.baseline)}), over the last three windows of a minute or more"
        return f"{head} (calmest step: {seconds(self.baseline)}), {self._in_a_row}"

    @property
    def _those(self) -> str:
        return "the jobs" if self.subject == "job" else f"the {self.subject} requests"

    @property
    def _in_a_row(self) -> str:
        times = "once" if self.windows == 1 else f"{self.windows} times in a row"
        return f"{times}, the last time over {self.n:,} of them"


class LatencyRule(BuiltIn):
    """p95 of an endpoint or of jobs is twice that of the calmest step, or 1.3 times what it was in this very hold; or its
    median is three times that of the unloaded service, where a baseline tells that."""

    name = "latency-rise"
    traits = Traits(compares_steps=True, fires_beyond_capacity=True)
    sees = Slower
    broke = "requests or jobs took longer"
    ends_when = "requests or jobs take much longer than in the calmest step, or than earlier in the same"

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop)
        self._tracks: dict[str, tuple[Track, ...]] = {}

    def read(self, moment: Moment) -> Reading:
        """Windows lie in a hold, one after another, and hold at least the least number of rows."""
        for subject in (*moment.profile.endpoints, "job"):
            times = times_of(subject, moment.newest) if moment.held else None
            if subject not in self._tracks:
                self._tracks[subject] = (OtherSteps(subject), SameHold(subject), NoLoad(subject))
            for track in self._tracks[subject]:
                track.add(moment, times)
        every = [track for tracks in self._tracks.values() for track in tracks]
        return _reading(max(every, key=lambda track: (track.standing.fires, track.standing.breached, track.standing.near)))


def _reading(track: Track) -> Reading:
    breached, fires, level, n, windows = track.standing
    if level is None:
        return Reading()
    by_median = track.against == "baseline"
    slower = Slower(
        subject=track.subject,
        against=track.against,
        p95=None if by_median else level.now,
        median=level.now if by_median else None,
        baseline=level.before,
        limit=level.limit,
        n=n,
        windows=windows,
    )
    return Reading(breached, fires, track.standing.near, slower)
