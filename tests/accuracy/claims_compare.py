"""Comparing runs: equals are rarely called different, a slowdown of 10 % is found."""

from functools import cache, partial

import numpy as np

from report.stats.comparison import Difference, Speedup, compare, runs, speedup
from report.stats.ratios import Side

from .rows import Reached, Row, at_least, at_most
from .virtual import Arrivals, Jobs, open_arrivals, serve, service_times

SERVERS, SERVICE, EVERY, CLIENTS, HOLD, WARM_UP, REPEATS = 8, 0.4, 5.0, 50, 130.0, 10.0, 100
"""10 jobs/s, where 20 are carried."""
BATCH, SCALED = 1_000, 2
"""Jobs of a batch, and how many servers there are before more are added."""


def _run(kind: Arrivals, slower: float, rng: np.random.Generator) -> Jobs:
    due = open_arrivals(kind, [(CLIENTS, HOLD)], EVERY, rng)
    return serve(due, service_times(len(due), SERVICE * slower, 1.0, rng), SERVERS)


def _metrics(jobs: Jobs, start: float, end: float) -> list[float]:
    """Jobs per second, median and p95 of those due in [start, end)."""
    times = jobs.response[(jobs.due >= start) & (jobs.due < end)]
    return [len(times) / (end - start), float(np.median(times)), float(np.quantile(times, 0.95))]


def _several(kind: Arrivals, slower: float, count: int, rng: np.random.Generator) -> list[Side]:
    values = np.array([_metrics(_run(kind, slower, rng), WARM_UP, HOLD) for _ in range(count)])
    return [runs(column) for column in values.T]


def _single(kind: Arrivals, slower: float, count: int, rng: np.random.Generator) -> list[Side]:  # noqa: ARG001
    jobs = _run(kind, slower, rng)
    edges = np.linspace(WARM_UP, HOLD, 11)
    parts = np.array([_metrics(jobs, edges[i], edges[i + 1]) for i in range(10)])
    return [Side(value, column) for value, column in zip(_metrics(jobs, WARM_UP, HOLD), parts.T, strict=True)]


def _compared(sides, kind: Arrivals, slower: float, seed: int) -> list[Difference]:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(seed)
    a, b = sides(kind, 1.0, 5, rng), sides(kind, slower, 5, rng)
    return compare(list(zip(a, b, strict=True)), [False, True, True])


def _called(sides, kind: Arrivals, slower: float, verdicts: tuple[str, ...]) -> int:  # type: ignore[no-untyped-def]
    compared = (_compared(sides, kind, slower, seed) for seed in range(REPEATS))
    return sum(any(difference.verdict in verdicts for difference in differences) for differences in compared)


def _equals(kind: Arrivals, sides=_several, most: int = 7) -> Reached:  # type: ignore[no-untyped-def]
    found = _called(sides, kind, 1.0, ("regression", "improvement"))
    return Reached(f"{found} of {REPEATS}", found <= most)


def _slower(kind: Arrivals) -> Reached:
    found = _called(_several, kind, 1.1, ("regression",))
    return Reached(f"{found} of {REPEATS}", found >= 65)


def _rates(servers: int, count: int, rng: np.random.Generator) -> Side:
    """Jobs per second of batches of BATCH jobs, first submit to last end, on so many servers."""
    batches = (serve(np.sort(rng.uniform(0, 1, BATCH)), service_times(BATCH, SERVICE, 1.0, rng), servers) for _ in range(count))
    return runs(np.array([BATCH / float(jobs.finished.max()) for jobs in batches]))


@cache
def _sped_up(servers: int, factor: float) -> tuple[float, tuple[Speedup, ...]]:
    """The true speed-up from SCALED servers to so many, as 500 batches of each have it, and what comparisons of three runs
    with three say."""
    rng = np.random.default_rng(servers)
    truth = _rates(servers, 500, rng).value / _rates(SCALED, 500, rng).value
    return truth, tuple(speedup(_rates(SCALED, 3, rng), _rates(servers, 3, rng), factor) for _ in range(REPEATS))


def _covers(servers: int) -> Reached:
    truth, found = _sped_up(servers, servers / SCALED)
    return at_least(sum(one.low <= truth <= one.high for one in found), REPEATS, 0.95)


def _efficiency(servers: int) -> Reached:
    truth, found = _sped_up(servers, servers / SCALED)
    errors = [abs(one.efficiency[0] / (truth * SCALED / servers) - 1) for one in found]
    return Reached(f"{np.quantile(errors, 0.9):.1%} off in 90 of 100", float(np.quantile(errors, 0.9)) <= 0.05)


def _no_speed_up() -> Reached:
    """Ten times as many workers behind one lock: as many servers as before."""
    _, found = _sped_up(SCALED, 10.0)
    return at_most(sum(one.low > 1 for one in found), REPEATS, 0.025)


SCALING = (
    Row(
        "speed-up of a batch from 2 to 8 workers, 3 runs against 3", "interval covers the truth ≥ 95 of 100", partial(_covers, 8)
    ),
    Row("its efficiency", "within 5 % in 90 of 100", partial(_efficiency, 8)),
    Row("no speed-up behind a lock, 3 runs against 3", "≤ 2.5 of 100 called a speed-up", _no_speed_up),
)

ROWS = SCALING + tuple(
    row
    for kind in ("even", "poisson")
    for row in (
        Row(f"same against same, 5 runs against 5, {kind} arrivals", "≤ 7 of 100 called different", partial(_equals, kind)),
        Row(f"10 % slower, 5 runs against 5, {kind} arrivals", "found ≥ 65 of 100", partial(_slower, kind)),
        Row(f"same against same, one run against one, {kind} arrivals", "≤ 10 of 100 called different",
            partial(_equals, kind, _single, 10)),
    )
)  # fmt: skip
