"""A suite's folder as read: for each scenario its runs, and what each of them measured."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from profiles import UserError
from profiles.suites import Planned, Run, Suite, read_suite
from report.analysis.holds import column
from report.findings.capacity.limits import limit_text
from report.recording.run import read_run
from report.stats.quantiles import Array
from report.stats.repeats import Repeats
from report.validity.assessment import AssessedRun, assess
from report.validity.checks import Trust, trust_in

from .folder import SUITE, Outcome, State, read_states, run_folder

NAN = float("nan")
RATE = "jobs_per_s"
"""What scenarios are judged by first."""
ALL = "all"
"""What the report calls jobs of every kind together."""
CONCERNS = ("invalid", "qualified")


@dataclass(frozen=True)
class Metric:
    """One number of a run: what the report calls it and which dimension it has."""

    name: str
    title: str
    dimension: str


METRICS = (
    Metric(RATE, "Jobs completed", "rate"),
    Metric("submitted_per_s", "Jobs submitted", "rate"),
    Metric("total_s", "Time of all jobs", "seconds"),
    Metric("job_mean_s", "Time of a job", "seconds"),
    Metric("queue_mean_s", "Queue time", "seconds"),
    Metric("processing_mean_s", "Processing time", "seconds"),
    Metric("memory_peak_bytes", "Memory, peak", "bytes"),
    Metric("memory_growth_bytes", "Memory, growth", "bytes"),
)


@dataclass(frozen=True)
class LimitSeen:
    """How one limit came out in one run."""

    text: str
    dimension: str
    measured: float
    judgement: str


@dataclass(frozen=True)
class TenantSeen:
    """How one tenant was served in one run: jobs, and seconds from due to seen done, on average."""

    name: str
    jobs: int
    mean: float


@dataclass(frozen=True)
class Measured:
    """One run. `at`: when it began (epoch seconds); `values`: of METRICS, those that it has; `concerns`: the checks that it did
    not pass, as (name, sentence); `unfinished`: jobs of a batch that were never seen done."""

    repeat: int
    folder: Path
    outcome: Outcome
    reason: str
    seconds: float
    at: float = NAN
    trust: Trust | None = None
    concerns: tuple[tuple[str, str], ...] = ()
    jobs: int = 0
    succeeded: int = 0
    unfinished: int = 0
    values: Mapping[str, float] = field(default_factory=dict)
    limits: tuple[LimitSeen, ...] = ()
    tenants: tuple[TenantSeen, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether its numbers say something of the service."""
        ended = self.outcome == "done" and not self.unfinished
        return ended and self.trust in ("VALID", "QUALIFIED") and self.values.get(RATE, 0.0) > 0


@dataclass(frozen=True)
class Cell:
    """One scenario and its runs, in the order of their repeats."""

    scenario: Planned
    runs: tuple[Measured, ...]

    @property
    def usable(self) -> tuple[Measured, ...]:
        """The runs whose numbers count."""
        return tuple(run for run in self.runs if run.usable)

    def values(self, metric: str) -> Array:
        """The metric of each usable run that has it."""
        return np.array(list(self.by_repeat(metric).values()))

    def by_repeat(self, metric: str) -> Repeats:
        """The same by the number of the repeat."""
        return {run.repeat: run.values[metric] for run in self.usable if np.isfinite(run.values.get(metric, NAN))}

    @property
    def trust(self) -> str:
        """The worst of its runs; how they ended, where none was carried through."""
        known = [run.trust for run in self.runs if run.outcome == "done" and run.trust]
        worst = next((trust for trust in ("INVALID", "QUALIFIED", "VALID") if trust in known), None)
        return worst or (self.runs[0].outcome if self.runs else "not run")


@dataclass(frozen=True)
class Results:
    """A suite and all its scenarios; those that no run was begun of have no runs."""

    folder: Path
    suite: Suite
    cells: tuple[Cell, ...]

    @property
    def made(self) -> tuple[Cell, ...]:
        """The scenarios that have runs."""
        return tuple(cell for cell in self.cells if cell.runs)

    @property
    def runs(self) -> tuple[Measured, ...]:
        """Every run."""
        return tuple(run for cell in self.cells for run in cell.runs)

    def metrics(self, cells: tuple[Cell, ...]) -> tuple[Metric, ...]:
        """Those of METRICS that some of the cells' runs have."""
        return tuple(metric for metric in METRICS if any(len(cell.values(metric.name)) for cell in cells))


def read_results(folder: Path) -> Results:
    """Read a suite's folder and analyse each of its runs. Raises UserError."""
    suite, scenarios = read_suite(folder / SUITE)
    states = read_states(folder)
    cells = []
    for scenario in scenarios:
        numbers = sorted(repeat for name, repeat in states if name == scenario.name)
        runs = [_measured(run_folder(folder, Run(scenario, repeat)), repeat, states[scenario.name, repeat]) for repeat in numbers]
        cells.append(Cell(scenario, tuple(runs)))
    return Results(folder, suite, tuple(cells))


def _measured(folder: Path, repeat: int, state: State) -> Measured:
    ended = state.ended
    outcome = ended.outcome if ended and ended.outcome else "interrupted"
    seconds = ended.seconds if ended and ended.seconds is not None else NAN
    told = Measured(repeat, folder, outcome, ended.reason if ended else "", seconds)
    try:
        return _with(told, assess(read_run(folder)))
    except UserError as error:
        return replace(told, outcome="failed" if outcome == "done" else outcome, reason=told.reason or str(error))


def _with(told: Measured, analysis: AssessedRun) -> Measured:
    """What was measured, added to what is known of how the run ended."""
    batch = analysis.batch
    whole = batch is not None and batch.completed == batch.jobs
    # A batch that was worked off to its last job is whole, however few its jobs are: its repeats tell how far to rely on it.
    checks = [check for check in analysis.checks if not (whole and check.name == "Amount")]
    tenants = analysis.tenants.each if analysis.tenants else ()
    return replace(
        told,
        at=analysis.run.info.epoch,
        trust=trust_in(checks),
        concerns=tuple((check.name, check.sentence) for check in checks if check.level in CONCERNS),
        jobs=analysis.outcomes.jobs,
        succeeded=analysis.outcomes.counts["succeeded"],
        unfinished=batch.unfinished if batch else 0,
        values={name: value for name, value in _values(analysis) if np.isfinite(value)},
        limits=tuple(
            LimitSeen(limit_text(limit), limit.condition.dimension, limit.measured, limit.judgement) for limit in analysis.limits
        ),
        tenants=tuple(TenantSeen(each.name, each.jobs, each.mean) for each in tenants),
    )


def _values(analysis: AssessedRun) -> Iterator[tuple[str, float]]:
    batch, latency = analysis.batch, analysis.latency
    if batch is not None:
        yield RATE, batch.process_rate
        yield "submitted_per_s", batch.submit_rate
        yield "total_s", batch.processing
    elif analysis.saturated and analysis.saturated.bend:
        yield RATE, analysis.saturated.seen.capacity
    elif analysis.capacity.carried:
        yield RATE, analysis.capacity.carried.completed
    if latency is not None:
        yield "job_mean_s", latency.jobs[0].mean if latency.jobs else NAN
        for described in latency.server:
            if described.name in ("queue", "processing") and described.kind == ALL:
                yield f"{described.name}_mean_s", described.mean
    yield from _memory(analysis)


def _memory(analysis: AssessedRun) -> Iterator[tuple[str, float]]:
    """Of all watched processes together: the highest they were seen at, and how far that is above the first sample."""
    watched = [watch.name for watch in analysis.run.profile.watch if watch.is_process]
    samples = analysis.run.samples
    samples = samples[(samples["metric"] == "rss") & samples["source"].isin(watched)]
    if not len(samples):
        return
    each = [column(samples[samples["source"] == name], "value") for name in watched]
    each = [values for values in each if len(values)]
    yield "memory_peak_bytes", float(sum(values.max() for values in each))
    yield "memory_growth_bytes", float(sum(values.max() - values[0] for values in each))
