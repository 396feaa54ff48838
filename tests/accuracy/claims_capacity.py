"""What does the capacity search find? Against services in virtual time whose capacity and knee are known."""

from collections.abc import Callable
from functools import partial
from typing import Literal

import numpy as np

from profiles import Profile, Stage
from profiles.read import load_profile
from report.rules.capacity.search import Decision, decide, load_of
from report.stats.saturation import Trial, trial

from .rows import Reached, Row, at_least
from .virtual import Array, Arrivals, closed, open_arrivals, serve, service_times

SERVERS, SERVICE, RAMP = 8, 2.0, 10.0
CAPACITY = SERVERS / SERVICE
Mode = Literal["open", "paced", "think"]
Holder = Callable[[Stage], Array]
"""Holds a step in virtual time; returns when its jobs were completed, in seconds from the start of its hold."""


def search(profile: Profile, hold: Holder) -> Decision:
    """A whole capacity search, each step held in virtual time."""
    trials: list[Trial] = []
    while (decision := decide(profile, trials, confirmed=True)).stage:
        stage = decision.stage
        trials.append(trial(load_of(profile, stage.clients), hold(stage), 0.0, stage.hold, profile.method.settle))
    return decision


def sought(mode: Mode, arrivals: Arrivals, hold: float, more: str = "max_steps = 20") -> Profile:
    """A capacity load that starts at a fifth of the capacity."""
    load = f"load={{ shape = 'capacity', start = 4, ramp = '{RAMP:g}s', hold = '{hold:g}s', {more} }}"
    return load_profile("stepping", [load, "stop=[]", f"clients.mode='{mode}'", f"clients.arrivals='{arrivals}'"])[0]


def open_service(profile: Profile, cv: float, rng: np.random.Generator) -> Holder:
    """A service that open clients step up on; nothing is cleared in between, so each step finds what the last left."""
    levels: list[tuple[int, float]] = []
    work = service_times(20_000, SERVICE, cv, rng)
    due = np.empty(0)

    def hold(stage: Stage) -> Array:
        nonlocal due
        begin = sum(seconds for _, seconds in levels)
        levels.append((stage.clients, RAMP + stage.hold))
        fresh = open_arrivals(profile.clients.arrivals, levels[-1:], profile.clients.submit_every, rng)
        due = np.concatenate([due, begin + fresh])
        return serve(due, work[: len(due)], SERVERS).finished - begin - RAMP

    return hold


def waiting_service(profile: Profile, cv: float, rng: np.random.Generator) -> Holder:
    """A service whose clients wait for their jobs."""

    def hold(stage: Stage) -> Array:
        work = service_times(10_000, SERVICE, cv, rng)
        clients = profile.clients
        mode: Literal["paced", "think"] = "paced" if clients.mode == "paced" else "think"
        return (
            closed(mode, clients.arrivals, stage.clients, clients.submit_every, 60 + stage.hold, work, SERVERS, rng).finished - 60
        )

    return hold


def _found(arrivals: Arrivals, cv: float, hold: float, seeds: int) -> list[Decision]:
    profile = sought("open", arrivals, hold)
    return [search(profile, open_service(profile, cv, np.random.default_rng(seed))) for seed in range(seeds)]


def _off(decision: Decision) -> float:
    """How far off the capacity found is, as a share; infinite where none was found."""
    seen = decision.seen
    return abs(seen.capacity / CAPACITY - 1) if seen and seen.state == "found" else np.inf


def _deterministic(arrivals: Arrivals) -> Reached:
    worst = max(map(_off, _found(arrivals, 0.0, 180.0, 20)))
    return Reached(f"at most {worst:.2%} off in 20 searches", bool(worst <= 0.01))


def _exponential(arrivals: Arrivals) -> Reached:
    found = _found(arrivals, 1.0, 300.0, 100)
    near = at_least(sum(_off(each) <= 0.03 for each in found), len(found), 0.85)
    covered = at_least(
        sum(each.seen is not None and each.seen.low <= CAPACITY <= each.seen.high for each in found), len(found), 0.85
    )
    return Reached(f"within 3 %: {near.value}; interval covers: {covered.value}", near.passed and covered.passed)


def _never_reached() -> Reached:
    """A search that ends at 80 % of the capacity, thirty times: it may not claim more than it saw."""
    profile = sought("open", "poisson", 60.0, "until = 16")
    found = [search(profile, open_service(profile, 1.0, np.random.default_rng(seed))) for seed in range(30)]
    claimed = sum(each.seen is None or each.seen.state != "at least" or each.seen.low > CAPACITY for each in found)
    return Reached(f"{claimed} of {len(found)} claim a plateau or more than there is", claimed == 0)


def _round(mode: Literal["paced", "think"], kind: Arrivals, every: float, cv: float) -> float:
    """Seconds from one job of a client to its next where nobody ever queues: 200 clients and as many servers, for 2,000 s."""
    rng, clients, seconds = np.random.default_rng(1000), 200, 2000.0
    jobs = closed(mode, kind, clients, every, seconds, service_times(100_000, SERVICE, cv, rng), clients, rng)
    return clients * (seconds - 100) / int((jobs.due >= 100).sum())


def _knee(mode: Literal["paced", "think"], kind: Arrivals, cv: float) -> Reached:
    """The knee is where clients that never queue would just keep all servers busy."""
    profile = sought(mode, kind, 180.0)
    knee = CAPACITY * _round(mode, kind, profile.clients.submit_every, cv)
    found = [search(profile, waiting_service(profile, cv, np.random.default_rng(seed))).seen for seed in range(20)]
    off = [abs(seen.knee / knee - 1) if seen and seen.knee and seen.state == "found" else np.inf for seen in found]
    tops = [abs(seen.capacity / CAPACITY - 1) if seen else np.inf for seen in found]
    return Reached(f"knee at most {max(off):.1%} off, capacity {max(tops):.1%}, in 20 searches", bool(max(off) <= 0.10))


CLIENTS: tuple[tuple[str, Literal["paced", "think"], Arrivals], ...] = (
    ("paced clients, even arrivals", "paced", "even"),
    ("paced clients, poisson arrivals", "paced", "poisson"),
    ("think clients", "think", "even"),
)
"""Clients that think are due so long after their last job, whatever the arrivals."""
ROWS = (
    *(
        Row(f"capacity, constant processing times, steps of 3 min, {kind} arrivals", "± 1 %", partial(_deterministic, kind))
        for kind in ("even", "poisson")
    ),
    *(
        Row(
            f"capacity, exponential processing times, steps of 5 min, {kind} arrivals",
            "± 3 % in ≥ 85 of 100, interval covers ≥ 85 of 100",
            partial(_exponential, kind),
        )
        for kind in ("even", "poisson")
    ),
    Row("capacity never reached: 80 % of it offered, poisson arrivals", 'only "at least"', _never_reached),
    *(
        Row(f"knee, {who}, {word} processing times, steps of 3 min", "± 10 %", partial(_knee, mode, kind, cv))
        for who, mode, kind in CLIENTS
        for word, cv in (("constant", 0.0), ("exponential", 1.0))
    ),
)
