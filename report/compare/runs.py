"""One run of a comparison: what a first look at it tells, and what is measured over the steps that all runs share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from profiles import Condition, Profile
from report.analysis.batch import worked_off
from report.analysis.holds import Hold, column, cut_holds, rows_between, window_of
from report.analysis.job_times.response_times import Completion
from report.analysis.limits import is_job_rate, too_few
from report.findings.capacity.limits import few_text
from report.measure import Window, measure
from report.recording.run import Run, read_run
from report.recording.run_info import RunInfo
from report.stats.quantiles import Array
from report.stats.ratios import SECTIONS
from report.stats.saturation import Saturation
from report.stats.steady_state import SETTLE_SHARE
from report.validity.assessment import assess
from report.validity.checks import Trust

DEFAULTS = ("completed_rate(job)", "p50(job)", "p95(job)", "p99(job)")
"""Metrics that are compared whatever the profile sets limits to."""
TENANT = ("p50", "p95")
"""What is compared of each tenant's jobs."""
CAPACITY = "capacity"
"""The metric that steps up to saturation show; compared where all of the runs show it."""


Took = Callable[[pd.DataFrame], Array]
"""How long each of these jobs took, in seconds."""


@dataclass(frozen=True)
class Measured:
    """One run of a side, over the steps compared."""

    folder: Path
    info: RunInfo
    version: str
    """Of the service; empty where it isn't known."""
    trust: Trust
    sustained: float | None
    """Jobs per second of the highest step sustained without a break."""
    values: Mapping[str, float]
    """Of each metric, by its name; NaN where too few samples carry it."""
    refused: Mapping[str, str]
    """Why a metric has no value."""
    sections: Mapping[str, Array]
    """Of each metric in ten equal parts of time."""
    ended: int
    """Jobs that ended."""
    bad: int
    """Those of them that did not succeed."""
    times: Array
    """How long its jobs took, in seconds."""


@dataclass(frozen=True)
class FirstLook:
    """What is kept of a run when it is first read. Its rows are read again once the steps are known, one run at a time."""

    folder: Path
    document: dict[str, Any]
    """The resolved profile, as TOML has it."""
    profile: Profile
    trust: Trust
    carried: float | None
    """Jobs per second of the highest step sustained without a break."""
    completion: Completion
    """How the end of a job is known."""
    capacity: Saturation | None
    """Where throughput stops growing, in steps that show it."""
    held: Mapping[int, int]
    """Clients of each step that was held to its end, by its number."""
    sustained: frozenset[int]
    """Numbers of the steps that were sustained."""


def first_look(folder: Path) -> FirstLook:
    """Read and analyse a run. Raises UserError."""
    run = read_run(folder)
    found = assess(run)
    return FirstLook(
        folder=folder,
        document=run.document,
        profile=run.profile,
        trust=found.trust,
        carried=found.capacity.carried.completed if found.capacity.carried else None,
        completion=found.completion,
        capacity=found.saturated.seen if found.saturated and found.saturated.bend else None,
        held={step.number: step.clients for step in found.steps if step.hold and not step.cut},
        sustained=frozenset(step.number for step in found.steps if step.sustained),
    )


def conditions_of(first: FirstLook) -> dict[str, Condition]:
    """The metrics that are compared: the usual ones, and those that the profile sets limits to."""
    profile = first.profile
    usual = [
        *DEFAULTS,
        *(["makespan(job)"] if profile.batch is not None else []),
        *(f"p95({endpoint})" for endpoint in profile.endpoints),
        *(f"{p}(job{{tenant={tenant.name}}})" for tenant in profile.tenant for p in TENANT),
    ]
    told = [profile.condition(f"{name} > {'1/s' if 'rate' in name else '1s'}") for name in usual]
    told += [profile.condition(limit.that) for limit in profile.limit]
    return {name_of(condition): condition for condition in told if condition.metric != "error_rate"}


def name_of(condition: Condition) -> str:
    """What a condition measures: p95(submit{kind=a})."""
    inside = ", ".join(f"{key}={value}" for key, value in condition.filters)
    name = f"{condition.metric}({condition.subject}{f'{{{inside}}}' if inside else ''})"
    return name if condition.taken == "mean" else f"{condition.taken}({name})"


def measured(first: FirstLook, steps: Sequence[int], by_timestamps: bool) -> Measured:
    """A run over these steps; `by_timestamps`: its jobs end by the service's own timestamps, else when the client saw it."""
    took = _took(first.completion if by_timestamps else replace(first.completion, way="middle"))
    run = read_run(first.folder)
    batch = run.profile.batch is not None
    holds = [hold if batch else _settled(run, hold) for hold in cut_holds(run) if hold.step.number in steps]
    refused, values = _values(first, window_of(holds, took), batch)
    outcomes = np.concatenate([hold.jobs["outcome"].to_numpy() for hold in holds])
    ended = int(np.count_nonzero(outcomes != "abandoned"))
    times = np.concatenate([took(hold.jobs) for hold in holds])
    return Measured(
        folder=first.folder,
        info=run.info,
        version=run.info.target.get("version") or run.profile.target.version,
        trust=first.trust,
        sustained=first.carried,
        values=values,
        refused=refused,
        sections=_sections(first, run, holds, took),
        ended=ended,
        bad=ended - int(np.count_nonzero(outcomes == "succeeded")),
        times=times[~np.isnan(times)],
    )


def _values(first: FirstLook, whole: Window, batch: bool) -> tuple[dict[str, str], dict[str, float]]:
    """Why some metrics have no value, and the values of all."""
    conditions = conditions_of(first)
    work = worked_off(whole) if batch else whole
    refused = {name: few_text(condition, few) for name, condition in conditions.items() if (few := too_few(condition, whole))}
    values = {
        name: np.nan if name in refused else measure(condition, work if is_job_rate(condition) else whole)
        for name, condition in conditions.items()
    }
    return refused, values | ({CAPACITY: first.capacity.capacity} if first.capacity else {})


def _sections(first: FirstLook, run: Run, holds: Sequence[Hold], took: Took) -> dict[str, Array]:
    """Every metric in equal parts of each hold, the first parts of all holds together, and so on."""
    windows = [window_of([_part(run, hold, i) for hold in holds], took) for i in range(SECTIONS)]
    sections = {
        name: np.array([measure(condition, window) for window in windows]) for name, condition in conditions_of(first).items()
    }
    return sections | ({CAPACITY: np.array(first.capacity.parts)} if first.capacity else {})


def _took(completion: Completion) -> Took:
    """How long jobs took, by timestamps or as the client saw it; NaN for those that it never saw done."""

    def took(jobs: pd.DataFrame) -> Array:
        known = completion.way == "timestamps"
        times = completion.times(jobs) if known else column(jobs, "done_before") - column(jobs, "due")
        return np.where(np.isfinite(times), times, np.nan)

    return took


def _settled(run: Run, hold: Hold) -> Hold:
    """The hold without its beginning."""
    return _between(run, hold, hold.start + min(run.profile.method.settle, SETTLE_SHARE * hold.seconds), hold.end)


def _part(run: Run, hold: Hold, i: int) -> Hold:
    edges = np.linspace(hold.start, hold.end, SECTIONS + 1)
    return _between(run, hold, float(edges[i]), float(edges[i + 1]))


def _between(run: Run, hold: Hold, start: float, end: float) -> Hold:
    return replace(
        hold,
        start=start,
        end=end,
        requests=rows_between(run.requests, "sent", start, end),
        jobs=rows_between(run.jobs, "due", start, end),
        samples=rows_between(run.samples, "t", start, end),
    )
