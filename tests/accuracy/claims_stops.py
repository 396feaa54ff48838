"""Do the stop rules fire when they should, and only then? The real rules, through the evaluator, on jobs in virtual time."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np
import pyarrow as pa

from profiles import FOLDER, Profile, load_profile
from report.recording.rows import JOB_COLUMNS, REQUEST_COLUMNS
from report.recording.steps import Step
from report.rules.evaluator import Evaluator

from .rows import Reached, Row, at_least, at_most
from .virtual import Array, Arrivals, open_arrivals, poll, serve, service_times

SERVERS, SERVICE, EVERY = 8, 2.0, 5.0
HALF_HOUR, CHANGE = 1800.0, 600.0
"""Seconds: how long a calm hold lasts, and when something changes in one that isn't calm."""
SOON = 240.0
"""Seconds: how long a slowdown may go unnoticed."""
RUNS, MANY = 20, 100
"""Repetitions, and those of half hours and of changes that must always be found: in `make accuracy` alone."""
ALONE = 25
"""Jobs of a baseline."""


@cache
def _watching(rule: str, tolerate: str = "") -> Profile:
    stop = f"{{rule='{rule}'{tolerate}}}"
    return load_profile(FOLDER / "endurance.toml", [f"stop=[{stop}, {{rule='outage', then='note'}}]"])[0]


def _fired(
    profile: Profile, steps: Sequence[Step], requests: pa.Table | None = None, jobs: pa.Table | None = None
) -> float | None:
    """When the first rule that ends a run fires, if one does."""
    evaluator = Evaluator(profile)
    if requests is not None:
        evaluator.history.add_requests(requests)
    if jobs is not None:
        evaluator.history.add_jobs(jobs)
    end = steps[-1].hold_end or 0.0
    for second in range(10, int(end) + 1, 10):
        for change in evaluator.advance(second, steps):
            if change.state == "fired" and change.then == "stop":
                return float(change.at)
    return None


def _hold(seconds: float) -> list[Step]:
    return [Step(1, 10, 0.0, 0.0, seconds)]


def _requests(ended: Array, ok: Any) -> pa.Table:
    n = len(ended)
    columns: dict[str, Any] = {name: [""] * n for name in REQUEST_COLUMNS}
    ok = np.broadcast_to(ok, n)
    columns |= {"due": ended - 0.01, "sent": ended - 0.01, "seconds": np.full(n, 0.01), "ok": ok, "endpoint": ["submit"] * n}
    columns |= {"bytes": np.full(n, 100), "code": np.where(ok, 202, 500)}
    return pa.table(columns)


def _jobs(due: Array, ended: Array, ok: Any = True) -> pa.Table:
    n = len(due)
    columns: dict[str, Any] = {name: np.full(n, np.nan) for name in JOB_COLUMNS}
    columns |= {name: [""] * n for name in ("kind", "tenant", "error")}
    columns |= {
        "due": due,
        "done_before": ended,
        "ended": ended,
        "outcome": np.where(np.broadcast_to(ok, n), "succeeded", "failed").astype(object),
    }
    columns |= {"bytes_up": np.full(n, 10), "bytes_down": np.full(n, 90)}
    return pa.table(columns)


def _served(kind: Arrivals, utilisation: float, cv: float, servers: int, seconds: float, slower: float, seed: int) -> pa.Table:
    """Jobs that are polled each second; those due from the change on take `slower` times as long. However many the servers are,
    they carry the same load."""
    rng = np.random.default_rng(seed)
    service = SERVICE * servers / SERVERS
    due = open_arrivals(kind, [(round(utilisation * servers / service * EVERY), seconds)], EVERY, rng)
    work = service_times(len(due), service, cv, rng) * np.where(due >= CHANGE, slower, 1.0)
    _, seen = poll(due, serve(due, work, servers).finished, 1.0, rng)
    return _jobs(due, seen)


def _latency_fires(
    kind: Arrivals, utilisation: float, cv: float, servers: int, seconds: float, slower: float, runs: int
) -> list[float | None]:
    profile, hold = _watching("latency-rise"), _hold(seconds)
    served = (_served(kind, utilisation, cv, servers, seconds, slower, seed) for seed in range(runs))
    return [_fired(profile, hold, jobs=jobs) for jobs in served]


def _slowdown(kind: Arrivals, utilisation: float, cv: float, runs: int = RUNS) -> Reached:
    fired = _latency_fires(kind, utilisation, cv, SERVERS, CHANGE + SOON, 1.6, runs)
    delays = [np.inf if at is None else at - CHANGE for at in fired]
    after = [delay for delay in delays if delay >= 0]
    reached = at_least(sum(delay <= SOON for delay in after), len(after), 1.0)
    early = at_most(runs - len(after), runs, 0.02)
    said = f"{reached.value}, median {np.median(after):.0f} s; {runs - len(after)} called slower before"
    return Reached(said, reached.passed and early.passed)


def _calm(kind: Arrivals, utilisation: float, servers: int, share: float, runs: int = RUNS) -> Reached:
    fired = _latency_fires(kind, utilisation, 1.0, servers, HALF_HOUR, 1.0, runs)
    return at_most(sum(at is not None for at in fired), runs, share)


def _after_baseline(kind: Arrivals, utilisation: float, cv: float, servers: int, seed: int) -> float | None:
    """When latency-rise fires by the baseline of 25 jobs, one at a time, in seconds of the first step, which lasts half an hour."""
    rng = np.random.default_rng(seed)
    service = SERVICE * servers / SERVERS
    work = service_times(ALONE, service, cv, rng)
    accepted, alone, seen = 0.0, [], []
    for needs in work:
        _, done = poll(np.array([accepted]), np.array([accepted + needs]), 1.0, rng)
        alone.append(accepted)
        seen.append(accepted := float(done[0]))
    due = open_arrivals(kind, [(round(utilisation * servers / service * EVERY), HALF_HOUR)], EVERY, rng)
    _, ended = poll(due, serve(due, service_times(len(due), service, cv, rng), servers).finished, 1.0, rng)
    start = float(np.ceil(accepted)) + 2
    jobs = _jobs(np.concatenate([alone, start + due]), np.concatenate([seen, start + ended]))
    steps = [Step(0, 1, 0.0, 0.0, accepted, role="baseline"), Step(1, 10, start, start, start + HALF_HOUR)]
    evaluator = Evaluator(_watching("latency-rise", ", then='note'"))
    evaluator.history.add_jobs(jobs)
    for minute in range(1, int(HALF_HOUR / 60) + 1):
        for change in evaluator.advance(start + minute * 60, steps):
            if change.state == "fired" and change.values["against"] == "baseline":
                return change.at - start
    return None


def _first_step_calm(kind: Arrivals, cv: float, servers: int) -> Reached:
    return at_most(sum(_after_baseline(kind, 0.6, cv, servers, seed) is not None for seed in range(RUNS)), RUNS, 0.02)


def _first_step_queues(kind: Arrivals, utilisation: float, cv: float, servers: int, share: float) -> Reached:
    fired = [_after_baseline(kind, utilisation, cv, servers, seed) for seed in range(RUNS)]
    after = [at for at in fired if at is not None]
    reached = at_least(len(after), RUNS, share)
    return Reached(
        f"{reached.value}, after {np.median(after) / 60:.0f} min on average" if after else reached.value, reached.passed
    )


def _answers(kind: Arrivals, rate: float, before: float, after: float, change: float, seconds: float, seed: int) -> pa.Table:
    """Requests that end at `rate` per second, of which a share fails: another one from `change` on."""
    rng = np.random.default_rng(seed)
    ended = open_arrivals(kind, [(round(rate * EVERY), seconds)], EVERY, rng)
    return _requests(ended, rng.random(len(ended)) >= np.where(ended < change, before, after))


def _error_fires(kind: Arrivals, rate: float, after: float, change: float, seconds: float, runs: int) -> list[float]:
    profile, hold = _watching("errors", ", tolerate=0.01"), _hold(seconds)
    fired = [_fired(profile, hold, _answers(kind, rate, 0.002, after, change, seconds, seed)) for seed in range(runs)]
    return [np.inf if at is None else at - change for at in fired]


def _error_step(kind: Arrivals, rate: float, soon: float) -> Reached:
    delays = _error_fires(kind, rate, 0.03, 60.0, 60.0 + 5 * soon, RUNS)
    middle, late = np.quantile(delays, [0.5, 0.9])
    return Reached(
        f"median {middle:.0f} s, nine in ten within {late:.0f} s", bool(0 <= middle <= soon and np.isfinite(max(delays)))
    )


def _few_errors(kind: Arrivals, runs: int = RUNS) -> Reached:
    return at_most(sum(np.isfinite(_error_fires(kind, 5.0, 0.002, 0.0, HALF_HOUR, runs))), runs, 0.01)


def _stall(kind: Arrivals) -> Reached:
    """Replies stop while jobs are in flight: how long after the last of them that is known."""
    late = []
    for seed in range(RUNS):
        rng = np.random.default_rng(seed)
        ended = open_arrivals(kind, [(10, 120.0)], EVERY, rng)
        ended = ended[ended < rng.uniform(60, 90)]
        late.append((_fired(_watching("stalled"), _hold(120.0), _requests(ended, True)) or np.inf) - float(ended[-1]))
    return Reached(f"{min(late):.1f} to {max(late):.1f} s", bool(min(late) >= 10 and max(late) <= 11))


def _often(claim: str, target: str, measure: Callable[..., Reached], *what: Any) -> Row:
    """A row of many repetitions, of fewer in `make test`."""
    return Row(claim, target, partial(measure, *what, runs=MANY), quick=partial(measure, *what))


KINDS: tuple[Arrivals, ...] = ("even", "poisson")
SOON_FOUND = "found in 100 % within 4 min"
ROWS = (
    *(_often(f"jobs take 1.6 times as long, utilisation 0.6, exponential, {kind} arrivals", SOON_FOUND, _slowdown, kind, 0.6, 1.0) for kind in KINDS),
    *(Row(f"jobs take 1.6 times as long, utilisation 0.4, {what}, {kind} arrivals", SOON_FOUND, partial(_slowdown, kind, 0.4, cv))
      for kind in KINDS for what, cv in (("CV 0.5", 0.5), ("exponential", 1.0))),
    *(_often(f"half an hour at a utilisation of 0.6, {kind} arrivals", "≤ 2 of 100 called slower", _calm, kind, 0.6, SERVERS, 0.02) for kind in KINDS),
    *(Row(f"half an hour at a utilisation of {what}, {kind} arrivals", "≤ 15 of 100 called slower", partial(_calm, kind, *calm, 0.15))
      for kind in KINDS for what, calm in (("0.8", (0.8, SERVERS)), ("0.6, one server", (0.6, 1)))),
    *(Row(f"first step after a baseline, utilisation 0.6, {what}, {kind} arrivals", "≤ 2 of 100 called slow", partial(_first_step_calm, kind, cv, servers))
      for kind in KINDS for what, cv, servers in (("one server, exponential", 1.0, 1), ("8 servers, CV 0.5", 0.5, 8))),
    *(Row(f"first step after a baseline, {what}, {kind} arrivals", f"≥ {share:.0%} noticed", partial(_first_step_queues, kind, rho, cv, servers, share))
      for kind in KINDS for what, rho, cv, servers, share in (("utilisation 0.95, one server, exponential", 0.95, 1.0, 1, 0.8),
                                                               ("utilisation 1.05, 8 servers, CV 0.5", 1.05, 0.5, 8, 0.95))),
    *(Row(f"failures from 0.2 % to 3 %, {rate:g} rows/s, {kind} arrivals", f"median within {soon:g} s", partial(_error_step, kind, rate, soon))
      for kind in KINDS for rate, soon in ((5.0, 90.0), (50.0, 10.0))),
    *(_often(f"half an hour of 0.2 % failures, {kind} arrivals", "≤ 1 of 100 called broken", _few_errors, kind) for kind in KINDS),
    *(Row(f"replies stop, {kind} arrivals", "found 10 to 11 s after the last", partial(_stall, kind)) for kind in KINDS),
)  # fmt: skip
