"""Failures that grow with the load are a limit of the service, and those that don't are none: the stop rule on errors ends the
load where it fires, and the steps are judged by what they held until then."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from report.analysis.steps.capacity import capacity_of
from report.analysis.steps.failures import judged_by_growth
from report.analysis.steps.result import Fired, StepResult
from report.analysis.steps.verdict import REFUSED, TooMany, too_many, verdict_of
from report.recording.steps import Step
from report.rules.errors import Failed
from report.stats.intervals import Interval
from report.stats.sequential import ALARM, Excursion, bernoulli_cusum
from report.stats.steady_state import Growth

from .rows import Reached, Row

RUNS = 200
CLIENTS, EVERY, HOLD, STEPS = 40, 5.0, 60.0, 8
TOLERATED = 0.01
Share = Callable[[float], float]
"""The share of jobs that fail, at so many jobs per second."""


def _run(share: Share, seed: int) -> list[StepResult]:
    """Rising steps until the errors rule fires, or to the end."""
    rng = np.random.default_rng(seed)
    track, results = Excursion(), []
    for number in range(1, STEPS + 1):
        rate = number * CLIENTS / EVERY
        bad = of = 0
        fired: Fired | None = None
        for second in range(int(HOLD)):
            jobs = int(rng.poisson(rate))
            failed = int(rng.binomial(jobs, share(rate)))
            track = bernoulli_cusum(track, failed, jobs, TOLERATED)
            bad, of = bad + failed, of + jobs
            if track.alarms:
                seen = Failed(
                    subject="job", failed=track.bad, of=track.of, seconds=track.seconds, tolerate=TOLERATED, score=track.score,
                    limit=ALARM, cause="",
                )  # fmt: skip
                fired = Fired("errors", number * HOLD + second, number, number * CLIENTS, seen, stops=True)
                break
        results.append(_step(number, rate, bad, of, fired))
        if fired:
            break
    return results


def _step(number: int, rate: float, bad: int, of: int, fired: Fired | None) -> StepResult:
    step = Step(number, number * CLIENTS, number * HOLD, number * HOLD, (number + 1) * HOLD, planned=HOLD)
    failures = (TooMany("jobs", bad, of, TOLERATED), TooMany(REFUSED, 0, of, TOLERATED))
    growth = Growth(0.0, of, HOLD, 0.0, 0.0)
    errors, doubted = too_many(failures)
    unknown = Interval(math.nan, math.nan, math.nan)
    return StepResult(
        stage=step, offered=rate, submitted=rate, completed=rate, throughput=unknown, request_rate=unknown, requests=of,
        median=math.nan, p95=math.nan, job_time=math.nan, request_failures=0.0, job_failures=bad / of if of else math.nan,
        load_averages=(math.nan,) * 3, in_flight_start=0, in_flight_end=0, settled=0.0, growth=growth, carried_over=0, stalls=(),
        failures=failures, errors=errors, doubted=doubted, constant=(), unfinished=None, fired=fired, spoiled=(), unasked=(),
        verdict=verdict_of(step, growth, errors, doubted, None, fired is not None, False),
    )  # fmt: skip


def _broken(share: Share) -> int:
    """Runs that are said to have broken."""
    runs = (judged_by_growth(_run(share, seed), False) for seed in range(RUNS))
    return sum(capacity_of(results).breaking is not None for results in runs)


def _constant(always: float) -> Reached:
    broken = _broken(lambda _rate: always)
    return Reached(f"{broken} of {RUNS}", broken <= 2)


def _rising(before: float, capacity: float) -> Reached:
    """What the service can't carry it fails, and of the rest a few all the same."""
    broken = _broken(lambda rate: max(before, 1 - capacity / rate))
    return Reached(f"{broken} of {RUNS}", broken == RUNS)


ROWS = (
    *(
        Row(f"{always:.1%} of the jobs fail at every load", "≤ 2 of 200 runs broke", partial(_constant, always))
        for always in (0.005, 0.02, 0.05)
    ),
    *(
        Row(f"{before:.1%} of the jobs fail, and all beyond {capacity:g} jobs/s", "200 of 200 runs broke", partial(_rising, before, capacity))
        for before, capacity in ((0.0, 20.0), (0.005, 30.0), (0.0, 44.0))
    ),
)  # fmt: skip
