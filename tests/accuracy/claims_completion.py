"""How long jobs took, where the client only polls: against the service's own log."""

from functools import partial

import numpy as np

from report.stats.job_times.censoring import FITS, clock_offset, kaplan_meier, turnbull
from report.stats.job_times.held_polls import NOTICED, Answered, were_held
from report.stats.quantiles import quantile

from .rows import Reached, Row, at_least, at_most
from .virtual import Array, Arrivals, open_arrivals, poll, serve, service_times

SERVERS, EVERY, POLL = 40, 5.0, 1.0
JOBS = 5000
OFFSET = 3.217
"""By so much the service's clock is ahead of the client's."""


class _Seen:
    """What a client sees of jobs that take so long on average, exponentially, and what was so."""

    def __init__(self, kind: Arrivals, service: float, seed: int, lag: float = 0.0) -> None:
        rng = np.random.default_rng(seed)
        clients = round(0.5 * SERVERS / service * EVERY)
        self.sent = open_arrivals(kind, [(clients, 1.1 * JOBS / clients * EVERY)], EVERY, rng)[:JOBS]
        reply = rng.lognormal(np.log(0.004), 0.35, JOBS)
        self.created = self.sent + 0.8 * reply
        self.accepted = self.sent + reply
        self.finished = serve(self.created, service_times(JOBS, service, 1.0, rng), SERVERS).finished
        self.after, self.before = poll(self.accepted, self.finished + lag, POLL, rng, reply=0.002)
        self.rng = rng

    @property
    def truth(self) -> Array:
        return self.finished - self.sent


def _by_timestamps(kind: Arrivals) -> Reached:
    worst, fits = 0.0, 1.0
    for seed in range(10):
        seen = _Seen(kind, 0.3, seed)
        created, finished = (np.round(times + OFFSET, 3) for times in (seen.created, seen.finished))
        offset = clock_offset(created, finished, seen.sent, seen.accepted, seen.after, seen.before)
        told = finished + offset.seconds - seen.sent
        off = [(quantile(told, p), float(np.quantile(seen.truth, p))) for p in (0.5, 0.95, 0.99)]
        worst, fits = max(worst, *(abs(a - b) / max(0.005 * b, 0.002) for a, b in off)), min(fits, offset.fits)
    said = f"at most {worst:.2f} of what is allowed in 10 runs, at least {fits:.1%} fit"
    return Reached(said, worst <= 1 and fits >= FITS)


def _by_lagging_timestamps(kind: Arrivals) -> Reached:
    """Ends that polls see up to 0.1 s later than the service writes them, since its commit comes later."""
    worst, lags, fits = 0.0, [], 1.0
    for seed in range(10):
        seen = _Seen(kind, 0.3, seed, lag=0.1)
        created, finished = (np.round(times + OFFSET, 3) for times in (seen.created, seen.finished))
        offset = clock_offset(created, finished, seen.sent, seen.accepted, seen.after, seen.before)
        told = finished + offset.seconds - seen.sent
        off = [(quantile(told, p), float(np.quantile(seen.truth, p))) for p in (0.5, 0.95, 0.99)]
        worst, fits = max(worst, *(abs(a - b) / max(0.005 * b, 0.002) for a, b in off)), min(fits, offset.fits)
        lags.append(offset.lag)
    said = f"at most {worst:.2f} of what is allowed in 10 runs, lag {min(lags):.3f} to {max(lags):.3f} s"
    return Reached(said, worst <= 1 and fits >= FITS and min(lags) >= 0.08 and max(lags) <= 0.12)


def _held_or_slow(kind: Arrivals) -> Reached:
    """Polls held open until the end of jobs of 3 s, for 60 s or 2 s at the most, and polls that take 3 s whatever the job does."""
    right = 0
    for seed in range(50):
        seen = _Seen(kind, 3.0, seed)
        first = seen.accepted + seen.rng.uniform(0, POLL, JOBS)
        left, slow = np.maximum(seen.finished - first, 0.0), seen.rng.lognormal(np.log(3), 0.2, JOBS)
        for longest in (60.0, 2.0):
            done = left <= longest
            took = np.minimum(left, longest) + seen.rng.lognormal(np.log(0.004), 0.35, JOBS)
            right += were_held(Answered(took[done], (first - seen.accepted)[done], took[~done], 0.004), NOTICED)
        done = left <= slow / 2
        right += not were_held(Answered(slow[done], (first - seen.accepted)[done], slow[~done], 0.004), NOTICED)
    return at_least(right, 150, 0.999)


def _false_trust(kind: Arrivals) -> Reached:
    """Clocks that drift, and clocks of whole seconds, in ten runs each."""
    trusted = 0
    for seed in range(10):
        seen = _Seen(kind, 0.3, seed)
        drift = OFFSET + seen.rng.normal(0, 0.5, JOBS)
        for created, finished in (
            (seen.created + drift, seen.finished + drift),
            (np.floor(seen.created), np.floor(seen.finished)),
        ):
            trusted += clock_offset(created, finished, seen.sent, seen.accepted, seen.after, seen.before).valid
    return at_most(trusted, 20, 0.001)


def _by_polls(kind: Arrivals, service: float, likelihood: bool) -> Reached:
    worst = {0.5: 0.0, 0.95: 0.0}
    for seed in range(10):
        seen = _Seen(kind, service, seed)
        after, before = seen.after - seen.sent, seen.before - seen.sent
        estimate = turnbull(after, before).quantile if likelihood else partial(quantile, (after + before) / 2)
        for p in worst:
            worst[p] = max(worst[p], abs(estimate(p) - float(np.quantile(seen.truth, p))))
    return Reached(f"p50 ± {worst[0.5]:.3f} s, p95 ± {worst[0.95]:.3f} s", worst[0.5] <= 0.1 and worst[0.95] <= 0.2)


def _cut_off(kind: Arrivals) -> Reached:
    """Jobs of 10 s due in the minute before a run was killed: a sixth of them had not ended. Off from those of all jobs, on average
    of 20 runs, and were they counted as the longest."""
    off: dict[float, list[float]] = {0.5: [], 0.9: []}
    longest = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        due = open_arrivals(kind, [(100, 60.0)], EVERY, rng)
        took = serve(due, service_times(len(due), 10.0, 1.0, rng), 300).response
        ended = due + took < 60
        estimate = kaplan_meier(took[ended], 60 - due[~ended])
        for p in off:
            off[p].append(estimate.quantile(p) / (-np.log(1 - p) * 10) - 1)
        longest.append(np.quantile(np.where(ended, took, 1e9), 0.5) / (np.log(2) * 10) - 1)
    mean = {p: float(np.mean(values)) for p, values in off.items()}
    said = f"p50 {mean[0.5]:+.1%}, p90 {mean[0.9]:+.1%}; p50 {np.mean(longest):+.0%} if they counted as the longest"
    return Reached(said, abs(mean[0.5]) <= 0.02 and abs(mean[0.9]) <= 0.03)


def _rows(kind: Arrivals) -> tuple[Row, ...]:
    return (
        Row(f"time of a job by timestamps, {kind} arrivals", "p50, p95, p99 within max(0.5 %, 2 ms)", partial(_by_timestamps, kind)),
        Row(f"time of a job by timestamps 0.1 s before the commit, {kind} arrivals",
            "p50, p95, p99 within max(0.5 %, 2 ms), lag within 20 %", partial(_by_lagging_timestamps, kind)),
        Row(f"polls held open told from slow ones, {kind} arrivals", "150 of 150", partial(_held_or_slow, kind)),
        Row(f"timestamps that can't be trusted, {kind} arrivals", "none taken", partial(_false_trust, kind)),
        *(
            Row(f"time of a job of {service:g} s by {name}, {kind} arrivals", "p50 ± 0.1 s, p95 ± 0.2 s in 10 runs",
                partial(_by_polls, kind, service, name == "likelihood"))
            for name, service in (("likelihood", 0.3), ("the middle between polls", 1.5), ("the middle between polls", 4.0))
        ),
        Row(f"time of a job in a run that was killed, {kind} arrivals", "p50 within 2 %, p90 within 3 % on average", partial(_cut_off, kind)),
    )  # fmt: skip


ROWS = (*_rows("even"), *_rows("poisson"))
