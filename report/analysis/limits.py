"""The profile's limits, judged over the holds that were sustained (in hold and spike loads: over all holds)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from profiles import Condition, Profile
from profiles.conditions import BYTE_RATES, TIME_METRICS
from report.measure import Floats, Window, measure, narrowed, sample_size
from report.stats.fairness import Bounds, longest
from report.stats.quantiles import INCREASE_TAKES, TAIL
from report.stats.unloaded import Kept

from .batch import worked_off
from .holds import Hold, column, pooled, window_of
from .job_times.response_times import NEEDS, Completion

Judgement = Literal["pass", "warn", "fail", "undecided", "not measured"]
NEAR = 0.9
"""A limit is near, and warned of, from 90 % on."""

PER_HOLD = ("growth", "in_flight")
RATES = ("rate", "completed_rate", *BYTE_RATES)
"""What a service can do, not what it always does: of a rising load, the step that did the most tells whether it does enough."""
LONGEST = ("max", "makespan")
"""Metrics of `job` that one job decides, so that polling bounds them and jobs never seen done count."""
NEVER_DONE = ("timed_out", "lost", "abandoned")


@dataclass(frozen=True)
class TooFew:
    """There were `n` samples, where the percentile or increase that a limit speaks of takes `needed`."""

    n: int
    needed: int


@dataclass(frozen=True)
class NeverDone:
    """So many jobs were never seen done: what was measured is a lower bound."""

    jobs: int


Doubt = Literal["none sustained", "no rows"] | TooFew | NeverDone | Bounds | Kept
"""Why a limit isn't judged, or not for sure. Bounds: between which the polls leave what was to be measured (seconds).
Kept: what is known of what a job leaves behind."""


@dataclass(frozen=True)
class JudgedLimit:
    """A [[limit]] of the profile and what was `measured`, in the unit of the condition's dimension; NaN where nothing was.
    `doubt`: why it isn't judged, or not for sure; None: it is."""

    condition: Condition
    measured: float
    judgement: Judgement
    doubt: Doubt | None = None

    @property
    def text(self) -> str:
        """The limit as the profile has it."""
        return self.condition.text


def judge_limits(profile: Profile, holds: Sequence[Hold], completion: Completion) -> tuple[JudgedLimit, ...]:
    """Judge every [[limit]] of the profile over `holds`; `completion` tells how long jobs took."""
    conditions = [profile.condition(limit.that) for limit in profile.limit]
    if not conditions:
        return ()
    if not holds:
        return tuple(_unmeasured(condition, "none sustained") for condition in conditions)
    whole = [_window(holds, completion)]
    apart = whole
    each = {c.text for c in conditions if c.metric in PER_HOLD or (profile.load.seeks_limits and least_rate(c))}
    if len(holds) > 1 and each:
        apart = [_window([hold], completion) for hold in holds]
    work = [worked_off(whole[0])] if profile.batch is not None else whole
    return tuple(_judged(c, completion, apart if c.text in each else work if is_job_rate(c) else whole) for c in conditions)


def _window(holds: Sequence[Hold], completion: Completion) -> Window:
    """The rows of the holds, with the ends of jobs as well as they are known."""
    window = window_of(holds, completion.times)
    jobs = pooled([hold.jobs for hold in sorted(holds, key=lambda hold: hold.start)], NEEDS)
    after, before = completion.ends(jobs)
    own = {name: column(jobs, name) for name in NEEDS if name != "outcome"}
    return replace(window, jobs={**own, **window.jobs, "done_after": after, "done_before": before})


def is_job_rate(condition: Condition) -> bool:
    """Whether it is about so many jobs, or so much of them, per second."""
    return condition.subject == "job" and condition.metric in RATES


def least_rate(condition: Condition) -> bool:
    """Whether it asks for so much throughput or more."""
    return condition.metric in RATES and condition.op[0] == ">"


def _judged(condition: Condition, completion: Completion, windows: Sequence[Window]) -> JudgedLimit:
    if condition.taken == "per_job":
        return _kept_judged(condition, windows[0])
    if condition.metric in LONGEST and condition.subject == "job" and condition.op[0] == "<":
        return _longest_judged(condition, windows[0])
    if condition.subject == "job" and condition.metric in TIME_METRICS:
        return _times_judged(condition, _of_its_jobs(condition, completion, windows[0]))
    return _plainly_judged(condition, windows)


def _kept_judged(condition: Condition, window: Window) -> JudgedLimit:
    """A limit on what a job leaves behind: undecided where it lies within the doubt of the idle levels."""
    kept = window.idle.kept(condition.subject, condition.metric) if window.idle else Kept(why="never idle")
    if kept.why:
        return _unmeasured(condition, kept)
    sure = condition.holds(kept.low) == condition.holds(kept.high)
    if sure:
        return JudgedLimit(condition, kept.value, _judgement(condition, kept.value))
    return JudgedLimit(condition, kept.value, "undecided", kept)


def _of_its_jobs(condition: Condition, completion: Completion, window: Window) -> Window:
    """The window with the jobs alone that a condition speaks of: by likelihood, their times are an estimate of their own."""
    if completion.way != "likelihood" or not condition.filters:
        return window
    jobs = narrowed(window.jobs, condition.filters)
    return replace(window, jobs={**jobs, "took": completion.times(pd.DataFrame({name: jobs[name] for name in NEEDS}))})


def _times_judged(condition: Condition, window: Window) -> JudgedLimit:
    """A limit on the times of jobs, of which those never seen done took at least as long as they were seen open."""
    never = np.isinf(window.jobs["took"])
    seen_open = np.nan_to_num(window.jobs["done_after"] - window.jobs["due"])
    ceiling = condition.op[0] == "<" and (condition.metric == "mean" or condition.metric[0] == "p")
    least = _with_times(window, np.where(never, seen_open if ceiling else math.nan, window.jobs["took"]))
    judged = _plainly_judged(condition, [least])
    if not ceiling or not never.any() or judged.judgement in ("fail", "not measured"):
        return judged
    longer = 2 * np.nanmax(least.jobs["took"]) + 1
    more = measure(condition, _with_times(window, np.where(never, longer, window.jobs["took"])))
    if more == judged.measured:
        return judged
    return replace(judged, judgement="undecided", doubt=NeverDone(int(never.sum())))


def _with_times(window: Window, took: Floats) -> Window:
    return replace(window, jobs={**window.jobs, "took": took})


def _plainly_judged(condition: Condition, windows: Sequence[Window]) -> JudgedLimit:
    telling = max if condition.op.startswith("<") or least_rate(condition) else min
    measured = telling((measure(condition, window) for window in windows), key=lambda m: -math.inf if math.isnan(m) else m)
    few = too_few(condition, windows[0])
    if few or math.isnan(measured):
        return _unmeasured(condition, few or "no rows")
    return JudgedLimit(condition, measured, _judgement(condition, measured))


def _longest_judged(condition: Condition, window: Window) -> JudgedLimit:
    """A limit on the longest wait of all, decided by what is known of its end and by jobs that were never seen done."""
    jobs = narrowed(window.jobs, condition.filters)
    never = np.isnan(jobs["done_before"]) & np.isin(jobs["outcome"], NEVER_DONE)
    waited = {name: values[never | ~np.isnan(jobs["done_before"])] for name, values in jobs.items()}
    if not len(waited["due"]):
        return _unmeasured(condition, "no rows")
    since = waited["due"] if condition.metric == "max" else float(jobs["due"].min())
    bounds = longest(since, waited["done_after"], waited["done_before"])
    open_ended = math.isinf(bounds.most)
    measured = bounds.least if open_ended else bounds.most
    below = bounds.below(condition.value)
    judgement = "undecided" if below == "undecided" else "fail" if below == "no" else _judgement(condition, measured)
    doubt = NeverDone(int(never.sum())) if open_ended else bounds if below == "undecided" else None
    return JudgedLimit(condition, measured, judgement, doubt)


def _judgement(condition: Condition, measured: float) -> Judgement:
    if not condition.holds(measured):
        return "fail"
    if condition.op.startswith("<"):
        return "warn" if measured > NEAR * condition.value else "pass"
    return "warn" if measured < condition.value / NEAR else "pass"


def too_few(condition: Condition, window: Window) -> TooFew | None:
    """How many samples are lacking for the percentile or increase that a condition speaks of; None: none are, or there is
    nothing that could increase."""
    n = sample_size(condition, window)
    if condition.increase and not n:
        return None
    needed = samples_needed(condition)
    return TooFew(n, needed) if n < needed else None


def samples_needed(condition: Condition) -> int:
    """How many samples the percentile or increase that a condition speaks of takes; 0 where it speaks of neither."""
    if condition.increase:
        return INCREASE_TAKES
    if not condition.metric.startswith("p") or not condition.metric[1:2].isdigit():
        return 0
    return math.ceil(round(TAIL / (1 - float(condition.metric[1:]) / 100), 6))


def _unmeasured(condition: Condition, doubt: Doubt) -> JudgedLimit:
    return JudgedLimit(condition, math.nan, "not measured", doubt)
