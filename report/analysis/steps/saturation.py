"""Capacity by saturation, from the files of a run: the same trials, so the same answer, as the search had while it ran."""

from collections.abc import Sequence
from dataclasses import dataclass

from profiles import CapacityLoad
from report.analysis.holds import completions
from report.recording.run import Run
from report.rules.capacity.search import Because, decide, load_of, waits
from report.stats.saturation import Saturation, Trial, fit_saturation, trial

from .result import StepResult
from .verdict import MIN_HELD


@dataclass(frozen=True)
class Saturated:
    """`seen`: what the steps say. `because`: why a search ended, None where the steps were planned. `confirmed`: the
    hold at 90 % of what was found. `by_clients`: loads are counted in clients, not in jobs offered per second."""

    seen: Saturation
    because: Because | None
    confirmed: StepResult | None
    by_clients: bool

    @property
    def sought_and_found(self) -> bool:
        """Whether a search found what it was made for: then the bend is what page 1 shows."""
        return self.because is not None and self.bend is not None

    @property
    def bend(self) -> tuple[float, float] | None:
        """Capacity (jobs/s) and the load at which it is reached; None where no plateau was seen."""
        seen = self.seen
        return None if seen.knee is None or seen.state == "at least" else (seen.capacity, seen.knee)


def saturation_of(run: Run, steps: Sequence[StepResult]) -> Saturated | None:
    """None where the load doesn't step up, or nothing was completed."""
    if not run.profile.load.seeks_limits:
        return None
    seen = fit_saturation(trials_of(run, [step for step in steps if step.verdict != "INVALID"]), waits(run.profile))
    if seen is None:
        return None
    searched = isinstance(run.profile.load, CapacityLoad)
    trials = trials_of(run, steps)  # While it ran, the search could not know which steps its generators would spoil.
    confirmed = next((step for step in steps if step.role == "confirmation" and step.hold), None)
    return Saturated(seen, decide(run.profile, trials, True).because if searched else None, confirmed, waits(run.profile))


def trials_of(run: Run, steps: Sequence[StepResult]) -> tuple[Trial, ...]:
    """The steps that say something about throughput, in the order in which they were held. A search looks at whole ones."""
    done, settle = completions(run.jobs), run.profile.method.settle
    return tuple(
        trial(load_of(run.profile, step.clients), done, start, end if step.cut else start + step.planned, settle)
        for step in steps
        if step.role == "load" and step.hold
        for start, end in [step.hold]
        if not step.cut or (end - start > MIN_HELD * step.planned and not isinstance(run.profile.load, CapacityLoad))
    )
