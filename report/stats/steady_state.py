"""Is a load sustained? Judged on jobs in flight over one hold: arrays in, numbers out. Times in seconds.

A service that keeps up has as many jobs in flight at the end as at the start, give or take chance; one that doesn't
collects them. The growth is that of a straight line through the jobs in flight of each second, since a line uses all
of them where the difference of first and last uses two.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .quantiles import Array, in_flight

Verdict = Literal["SUSTAINED", "UNSUSTAINED", "INCONCLUSIVE"]

GROWTH_SHARE = 0.05
"""Up to this share of the arrivals left undone, a service is said to keep up."""
DRIFT_SIGMAS = 1.5
"""So many √arrivals jobs chance may pile up. A queue at its very limit drifts by about that much, since arrivals and completions
both vary (Poisson: √(2·arrivals), and 6/5 of that variance for a line's growth)."""
SURE_SIGMAS = 2.5
"""The same where arrivals are few: more is asked for, since √arrivals is then itself hardly known."""
SURE_ARRIVALS = 200
"""Fewer arrivals in the judged part of a hold are few."""
MIN_ARRIVALS = 20
"""With fewer arrivals nothing can be judged."""
NOISE_SIGMAS = 3.0
"""So many standard deviations of the jobs in flight about their line chance may pile up, too: large where jobs come in bursts."""
TREND_T = 2.33
"""Student's t of a slope that is hardly chance (99 %, one-sided)."""
SETTLE_SHARE = 1 / 3
"""At most this share of a hold is left out for settling, so that short holds can be judged."""
BATCH = 5
"""Seconds a batch of MSER-5."""


@dataclass(frozen=True)
class Growth:
    """How jobs in flight changed over a window of `seconds` in which `arrivals` jobs arrived.

    `growth`: jobs, by the line. `noise`: standard deviation about the line, in jobs. `t`: the slope divided by its standard
    error (Newey and West 1987; 0 for a line without noise or slope).
    """

    growth: float
    arrivals: int
    seconds: float
    noise: float
    t: float

    def beyond(self, sigmas: float) -> bool:
        """Whether more piled up than 5 % of the arrivals, and than chance explains at so many √arrivals."""
        return self.growth > self.explained(sigmas)

    def explained(self, sigmas: float) -> float:
        """The most that is no sign of overload: in jobs, at so many √arrivals."""
        return max(GROWTH_SHARE * self.arrivals, sigmas * float(np.sqrt(self.arrivals)), NOISE_SIGMAS * self.noise)

    @property
    def allowed(self) -> float:
        """The growth beyond which a load is not sustained, in jobs."""
        return self.explained(DRIFT_SIGMAS if self.arrivals >= SURE_ARRIVALS else SURE_SIGMAS)

    @property
    def share(self) -> float:
        """Growth as a share of the arrivals; 0 if there were none."""
        return self.growth / self.arrivals if self.arrivals else 0.0

    @property
    def creeps(self) -> bool:
        """Whether jobs in flight rise by more than chance explains, though by less than is allowed."""
        least = max(GROWTH_SHARE / 2 * self.arrivals, float(np.sqrt(self.arrivals)))
        return self.t > TREND_T and self.growth > least

    @property
    def verdict(self) -> Verdict:
        """UNSUSTAINED: work piles up. INCONCLUSIVE: too few arrivals, or it may. SUSTAINED: it doesn't."""
        if self.arrivals < MIN_ARRIVALS:
            return "INCONCLUSIVE"
        if self.growth > self.allowed:
            return "UNSUSTAINED"
        return "INCONCLUSIVE" if self.creeps else "SUSTAINED"


def growth_of(flying: Array, arrivals: int) -> Growth:
    """The growth of `flying`, jobs in flight at the start of a window and at the end of each of its seconds.

    A window of less than two seconds has no growth that could be told from chance: NaN for t, so it isn't judged.
    """
    seconds = len(flying) - 1
    if seconds < 2:
        return Growth(0.0, 0, float(max(seconds, 0)), 0.0, math.nan)
    x = np.arange(len(flying), dtype=np.float64) - seconds / 2
    slope = float(x @ flying) / float(x @ x)
    rest = flying - flying.mean() - slope * x
    noise = float(np.sqrt(rest @ rest / max(1, len(rest) - 2)))
    error = _slope_error(x, rest)
    return Growth(slope * seconds, arrivals, float(seconds), noise, slope / error if error > 0 else 0.0)


def _slope_error(x: Array, rest: Array) -> float:
    """Standard error of a slope whose residuals depend on each other: Newey and West (1987), with Bartlett weights over
    1.3·√n lags (Lazarus, Lewis, Stock and Watson 2018)."""
    score = x * rest
    lags = max(1, int(1.3 * np.sqrt(len(x))))
    variance = float(score @ score)
    for lag in range(1, min(lags, len(x) - 1) + 1):
        variance += 2 * (1 - lag / (lags + 1)) * float(score[lag:] @ score[:-lag])
    return float(np.sqrt(max(0.0, variance))) / float(x @ x)


def growth_between(arrived: Array, ended: Array, start: float, end: float) -> Growth:
    """Growth of jobs in flight in (start, end], by whole seconds counted from `start`; both arrays sorted."""
    moments = start + np.arange(int(end - start + 1e-9) + 1, dtype=np.float64)
    arrivals = int(np.subtract(*np.searchsorted(arrived, [moments[-1], start], side="right")))
    return growth_of(in_flight(arrived, ended, moments).astype(np.float64), arrivals)


def settled_after(completed: Array, settle: float) -> int:
    """How many seconds of a hold are left out, until it has settled; `completed`: jobs completed in each of its seconds.

    `settle`, or a third of the hold if that is less; longer where MSER-5 asks for more, up to half of the hold (White
    1997: the cut after which the mean of the rest, in batches of 5, has the smallest standard error).
    """
    seconds = len(completed)
    least = int(min(settle, seconds * SETTLE_SHARE))
    batches = completed[: seconds // BATCH * BATCH].reshape(-1, BATCH).mean(axis=1)
    if len(batches) < 4:
        return least
    rests = np.arange(len(batches), len(batches) // 2, -1)
    sums, squares = np.cumsum(batches[::-1])[::-1], np.cumsum((batches**2)[::-1])[::-1]
    cuts = len(batches) - rests
    errors = (squares[cuts] / rests - (sums[cuts] / rests) ** 2) / rests
    best = int(np.argmin(errors))
    return max(least, best * BATCH if 0 < best < len(rests) - 1 else 0)
