"""How long a service takes to be as it was, after a spike of load or any other moment. Arrays in, numbers out; seconds.

As it was: four windows in a row, each with enough jobs, whose p90 is at most 1.25 times the baseline's, with no more
errors than the baseline explains and no more in flight than it had. The baseline is the same load before the moment.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc

from .quantiles import Array, in_flight, quantile
from .ratios import SECTIONS, Side, welch

SLOWER = 1.25
"""A window's p90 may be up to so many times the normal one."""
WINDOWS = 4
"""Windows in a row that must be as before."""
JOBS = 20
"""Jobs that must be due in a window for it to tell anything."""
NORMAL_JOBS = 100
"""Jobs that it takes to know what is normal."""
USUAL = 10.0
"""Seconds that it takes to know how many jobs are in flight as a rule."""
Reason = Literal["", "too few jobs", "too short", "too late to tell", "not recovered"]


@dataclass(frozen=True)
class Flow:
    """Jobs sorted by `due`: `seconds` until seen done (inf: never), whether each went `bad`; `ended` is sorted."""

    due: Array
    seconds: Array
    bad: NDArray[np.bool_]
    ended: Array

    def between(self, start: float, end: float) -> slice:
        """The jobs due in [start, end)."""
        first, last = np.searchsorted(self.due, [start, end])
        return slice(int(first), int(last))

    def flying(self, start: float, end: float) -> Array:
        """Jobs in flight, each second in [start, end)."""
        return in_flight(self.due, self.ended, np.arange(start, end, 1.0)).astype(np.float64)


@dataclass(frozen=True)
class Normal:
    """What normal is: `jobs`, their `p90` in seconds, the share that went bad, the p95 of jobs in flight; in [start, end)."""

    start: float
    end: float
    jobs: int
    p90: float
    errors: float
    in_flight: float


@dataclass(frozen=True)
class Shift:
    """The median time of a job after recovery to that before the moment: `ratio` and its 95 % interval."""

    ratio: float
    low: float
    high: float

    @property
    def lasting(self) -> bool:
        """Whether something stayed: the interval leaves 1 out, and the change is 5 % or more."""
        return not self.low <= 1 <= self.high and abs(self.ratio - 1) >= 0.05


@dataclass(frozen=True)
class Recovery:
    """`seconds` from the moment until the service was as before, `drained` until no more jobs were in flight than before;
    None where that wasn't seen within `watched` seconds, and why. `shift`: None where too little is left to tell."""

    seconds: float | None
    drained: float | None
    watched: float
    shift: Shift | None
    reason: Reason = ""


def normal_of(flow: Flow, start: float, end: float) -> Normal | None:
    """What is normal in [start, end); None with fewer than 100 jobs, or where most were never seen done."""
    rows = flow.between(start, end)
    times = flow.seconds[rows]
    if len(times) < NORMAL_JOBS or not np.isfinite(p90 := quantile(times, 0.9)):
        return None
    return Normal(start, end, len(times), p90, float(flow.bad[rows].mean()), quantile(flow.flying(start, end), 0.95))


def undisturbed(flow: Flow, start: float, end: float) -> float:
    """Until when the jobs due in [start, end) tell what is normal though something came at `end`: it may have held up those
    still open, which are left out by their p90."""
    times = flow.seconds[flow.between(start, end)]
    return max(start, end - quantile(times, 0.9)) if len(times) else end


def backlog_gone(flow: Flow, start: float, end: float, moment: float, until: float) -> float | None:
    """Seconds from `moment` until no more jobs were in flight than in [start, end), which takes no baseline, but ten seconds;
    None: not seen."""
    if end - start < USUAL:
        return None
    return _drained(flow, quantile(flow.flying(start, end), 0.95), moment, until, until)


def recovery(flow: Flow, normal: Normal, moment: float, end: float, window: float, held_up: float = 0.0) -> Recovery:
    """The recovery after `moment`, watched until `end`; `window` is the length of one of the four windows.

    `held_up`: jobs due so many seconds before `end` or less tell nothing, since what came then may have held them up.
    It isn't over before the backlog is gone: before that a window's p90 may pass by its last jobs.
    """
    calm = moment + np.flatnonzero(flow.flying(moment, end) <= normal.in_flight)
    drained = _drained(flow, normal.in_flight, moment, end, end)
    sound = end - held_up
    last = sound - WINDOWS * window + 1e-9
    if moment > last:
        return Recovery(None, drained, end - moment, None, "too short")
    if not len(calm):
        return Recovery(None, None, end - moment, None, "not recovered")
    starts = calm[calm < last]
    known: dict[float, bool | None] = {}

    def good(start: float) -> bool | None:
        if start not in known:
            known[start] = _as_before(flow, normal, start, start + window)
        return known[start]

    verdicts = [[good(round(float(start) + i * window, 6)) for i in range(WINDOWS)] for start in starts]
    found = next((i for i, four in enumerate(verdicts) if all(four)), None)
    if found is None:
        return Recovery(None, drained, end - moment, None, _why_not(verdicts, good(sound - window)))
    at = float(starts[found])
    drained = _drained(flow, normal.in_flight, moment, at, end)
    return Recovery(at - moment, drained, end - moment, _shift(flow, normal, at, sound))


def _why_not(verdicts: list[list[bool | None]], at_the_end: bool | None) -> Reason:
    if verdicts and all(None in four for four in verdicts):
        return "too few jobs"
    return "too late to tell" if at_the_end else "not recovered"


def _as_before(flow: Flow, normal: Normal, start: float, end: float) -> bool | None:
    """Whether the jobs due in one window fared as in the baseline; None where they are too few to tell."""
    rows = flow.between(start, end)
    times, bad = flow.seconds[rows], int(flow.bad[rows].sum())
    if len(times) < JOBS:
        return None
    return (
        quantile(times, 0.9) <= SLOWER * normal.p90
        and float(bdtrc(bad - 1, len(times), normal.errors)) > 0.01
        and float(np.median(flow.flying(start, end))) <= normal.in_flight
    )


def _calm(flow: Flow, usual: float, moment: float, end: float) -> float | None:
    """Seconds from `moment` until no more jobs are in flight than is usual, for the first time."""
    calm = np.flatnonzero(flow.flying(moment, end) <= usual)
    return float(calm[0]) if len(calm) else None


def _drained(flow: Flow, usual: float, moment: float, until: float, end: float) -> float | None:
    """That, once the most are in flight that there are until then: the backlog of a service that begins to fail at that
    moment is yet to come."""
    flying = flow.flying(moment, until)
    if not np.any(flying > usual):
        return 0.0
    peak = float(np.argmax(flying))
    calm = _calm(flow, usual, moment + peak, end)
    return None if calm is None else peak + calm


def _shift(flow: Flow, normal: Normal, start: float, end: float) -> Shift | None:
    """Medians of ten sections after the recovery against ten of the baseline."""
    sides = [_sections(flow, *span) for span in ((normal.start, normal.end), (start, end))]
    if None in sides:
        return None
    ratio, low, high, _ = welch(sides[0], sides[1], 0.95)  # type: ignore[arg-type]
    return Shift(ratio, low, high)


def _sections(flow: Flow, start: float, end: float) -> Side | None:
    edges = np.linspace(start, end, SECTIONS + 1)
    parts = [flow.seconds[flow.between(edges[i], edges[i + 1])] for i in range(SECTIONS)]
    if min(map(len, parts)) < JOBS:
        return None
    medians = np.array([np.median(part) for part in parts])
    whole = quantile(flow.seconds[flow.between(start, end)], 0.5)
    return Side(whole, medians) if np.all(np.isfinite(medians)) and medians.min() > 0 else None
