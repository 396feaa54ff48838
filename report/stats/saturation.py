"""Capacity by saturation: two straight segments through what the steps of a load completed.

Throughput follows min(load / D, Xmax): what is offered, until it stays flat (the asymptotic bounds of Denning & Buzen
1978). Least squares say where the one becomes the other; Xmax is then what the steps clearly beyond completed. Neither
the highest throughput seen (biased upwards by chance) nor the sharpest bend of a smooth curve says where that is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .quantiles import Array
from .steady_state import SETTLE_SHARE

State = Literal["found", "at least", "falls"]

PARTS = 10
"""Equal parts of a settled hold, resampled to see how far chance moves the fit."""
BEYOND = 1.1
"""A step is clearly beyond the knee from this multiple of its load on. Nearer to it a random queue still runs empty at times: at
1.05 times the capacity of eight servers up to 3 % of it is missed."""
ENOUGH_BEYOND = 3
"""Steps clearly beyond the knee that it takes to call what they show a plateau."""
RESAMPLES = 500
"""How often the parts of the steps are drawn anew (bootstrap)."""
LEVEL = 0.95
"""The confidence of the intervals."""
WIDER = 1.2
"""The bootstrap's intervals are widened by this factor: drawing from ten parts shows too little of the spread (√0.9 of it)."""
FALL = 0.05
"""Throughput must fall by this share of its peak to be worth a word."""
FALL_SIGMAS = 3.1
"""Standard errors by which a fall must differ from none: chance does that in less than one case of a thousand. It is so strict
because a fall is looked for after each step."""


@dataclass(frozen=True)
class Trial:
    """One step: its `load` (jobs/s offered by open clients, else clients), and jobs completed per second in each of
    the ten equal parts of its settled hold."""

    load: float
    rates: Array

    @property
    def rate(self) -> float:
        """Jobs completed per second."""
        return float(self.rates.mean())


@dataclass(frozen=True)
class Saturation:
    """What the fit says. Rates in jobs/s, loads in the unit of the trials.

    `state`: "found" (a plateau was seen), "at least" (it wasn't: `capacity` is what was completed, the true one may be
    more), "falls" (throughput falls under overload: `capacity` and `knee` are its peak). [`low`, `high`]: 95 % interval.
    `knee`: the load at which the plateau begins, None if none was seen. `cycle`: D, load / throughput below it
    (1 for open clients). `below`, `beyond`: steps with clearly less than the knee, with clearly more. `parts`: the ten parts of
    the steps whose mean `capacity` is. `fall`: the share of the peak lost over the last three steps. `kappa`: the coherency of
    the universal scalability law, for clients that wait.
    """

    state: State
    capacity: float
    low: float
    high: float
    knee: float | None
    knee_low: float | None
    knee_high: float | None
    cycle: float
    steps: int
    below: int
    beyond: int
    parts: tuple[float, ...]
    fall: float = 0.0
    kappa: float | None = None


def parts_of(start: float, end: float, settle: float) -> Array:
    """The eleven edges of the ten equal parts of a hold [start, end) whose first `settle` seconds, at most a third of it, are
    left out while queues settle. Times in seconds."""
    return np.linspace(start + min(settle, SETTLE_SHARE * (end - start)), end, PARTS + 1)


def counted(times: Array, edges: Array) -> Array:
    """How many of these times lie in each part between two edges."""
    return np.histogram(times[times < edges[-1]], edges)[0].astype(np.float64)


def trial(load: float, completed: Array, start: float, end: float, settle: float) -> Trial:
    """The trial of a hold [start, end), from the times at which jobs were completed (seconds, in any order); `settle` as in
    `parts_of`."""
    edges = parts_of(start, end, settle)
    return Trial(load, counted(completed, edges) / (edges[1] - edges[0]))


def fit_saturation(trials: Sequence[Trial], waits: bool) -> Saturation | None:
    """Fit the trials; `waits`: loads are clients that wait for their jobs, so that D is fitted too.

    None where nothing was completed. The resampling draws from a fixed seed: the same trials give the same answer.
    """
    trials = sorted(trials, key=lambda each: each.load)
    if not trials or not any(each.rate for each in trials):
        return None
    loads = np.array([each.load for each in trials])
    rates = np.array([each.rates for each in trials])
    drawn, means = _resampled(rates), rates.mean(axis=1)
    (slope,), (top,) = fit(loads, means[None, :], waits)
    slopes, _ = fit(loads, drawn, waits)
    on_top, below = loads >= BEYOND * top / slope, int(np.sum(loads * BEYOND <= top / slope))
    beyond = int(on_top.sum())
    fall = _fall(loads, means, drawn)
    if fall:
        return _peak(loads, rates, drawn, float(1 / slope), beyond, fall, waits)
    state: State = "found" if beyond >= ENOUGH_BEYOND and (below > 0 or not waits) else "at least"
    return _plateau(rates, drawn, slopes, float(slope), on_top if beyond else loads == loads.max(), state, below, beyond)


def _plateau(
    rates: Array, drawn: Array, slopes: Array, slope: float, on_top: NDArray[np.bool_], state: State, below: int, beyond: int
) -> Saturation:
    """What the steps `on_top`, at the knee or beyond it, completed."""
    best, bests = float(rates[on_top].mean()), drawn[:, on_top].mean(axis=1)
    low, high = _interval(best, bests)
    knee_low, knee_high = _interval(best / slope, bests / slopes) if beyond else (None, None)
    return Saturation(
        state=state,
        capacity=best,
        low=low,
        high=high,
        knee=best / slope if beyond else None,
        knee_low=knee_low,
        knee_high=knee_high,
        cycle=1 / slope,
        steps=len(rates),
        below=below,
        beyond=beyond,
        parts=tuple(rates[on_top].mean(axis=0).tolist()),
    )


def _resampled(rates: Array) -> Array:
    """Mean rates of each step, `RESAMPLES` times, from its parts drawn with replacement (Efron 1979)."""
    rng = np.random.default_rng(1)
    chosen = rng.integers(0, rates.shape[1], (RESAMPLES, *rates.shape))
    return np.asarray(np.take_along_axis(np.broadcast_to(rates, chosen.shape), chosen, axis=2).mean(axis=2))


def fit(loads: Array, rates: Array, waits: bool) -> tuple[Array, Array]:
    """Slopes and plateaus, one of each a row of `rates` (rows × steps): the least squares of min(slope · load, plateau).

    The knee lies between two loads (then line and plateau are fitted apart) or on one (then they meet there): each place
    is tried, and the one with the least squares wins. Open clients complete what they offer: their slope is 1.
    """
    tried = [_line(loads, rates, np.inf, waits)]
    for position, load in enumerate(loads):
        if position or not waits:
            on_line, _ = _line(loads[:position], rates[:, :position], np.inf, waits)
            tried.append((on_line, rates[:, position:].mean(axis=1)))
        tried.append(_line(loads, rates, load, waits))
    slopes, tops = np.array([slope for slope, _ in tried]), np.array([top for _, top in tried])
    fitted = np.minimum(slopes[:, :, None] * loads, tops[:, :, None])
    best = np.argmin(((fitted - rates) ** 2).sum(axis=2), axis=0)
    every = np.arange(len(rates))
    return slopes[best, every], tops[best, every]


def _line(loads: Array, rates: Array, knee: float, waits: bool) -> tuple[Array, Array]:
    """The fit whose knee is at this load."""
    bent = np.minimum(loads, knee)
    slopes = rates @ bent / (bent @ bent) if waits else np.ones(len(rates))
    return slopes, slopes * knee


def _interval(value: float, drawn: Array) -> tuple[float, float]:
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    lowest = max(0.0, value - WIDER * (value - float(low)))  # nothing is completed less often than never
    return min(value, lowest), max(value, value + WIDER * (float(high) - value))


def _fall(loads: Array, rates: Array, drawn: Array) -> float:
    """The share of its peak by which throughput falls over the last three steps; 0 where chance may explain it."""
    last = loads[-3:] - loads[-3:].mean()
    if len(last) < 3 or not last @ last:
        return 0.0
    slope = float(rates[-3:] @ last / (last @ last))
    highest = slope + FALL_SIGMAS * WIDER * float(np.std(drawn[:, -3:] @ last / (last @ last)))
    lost = -slope * float(last[-1] - last[0]) / float(rates.max())
    return lost if highest < 0 and lost >= FALL else 0.0


def _peak(loads: Array, rates: Array, drawn: Array, cycle: float, beyond: int, fall: float, waits: bool) -> Saturation:
    means = rates.mean(axis=1)
    top = int(np.argmax(means))
    low, high = _interval(float(means[top]), drawn[:, top])
    return Saturation(
        state="falls",
        capacity=float(means[top]),
        low=low,
        high=high,
        knee=float(loads[top]),
        knee_low=float(loads[max(0, top - 1)]),
        knee_high=float(loads[min(len(loads) - 1, top + 1)]),
        cycle=cycle,
        steps=len(loads),
        below=top,
        beyond=beyond,
        parts=tuple(rates[top].tolist()),
        fall=fall,
        kappa=_kappa(loads, means) if waits else None,
    )


def _kappa(clients: Array, rates: Array) -> float | None:
    """κ of the universal scalability law X = γN / (1 + σ(N − 1) + κN(N − 1)) (Gunther 2007), by least squares of the
    relative errors with no coefficient below 0."""
    from scipy.optimize import nnls  # a fifth of a second to import, which few reports need

    terms = np.column_stack([np.ones(len(clients)), clients - 1, clients * (clients - 1)])
    one, _, coherency = nnls(terms * (rates / clients)[:, None], np.ones(len(clients)))[0]
    return float(coherency / one) if one > 0 else None
