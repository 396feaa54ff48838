"""Whether the measurement can be trusted: the measurement is judged before the target.

INVALID: rows don't reconcile, a worker was lost and with it the run, more than 1 % of the arrivals were held back (of the
run, or of a step that a result rests on) or late, the load generators spoiled the steps that the answers rest on, no job
was seen to its end, or the load itself failed. QUALIFIED: the recording is only the beginning of a run, the method was
overridden, the generators spoiled other steps or came near their limits, their machine was busy, something was not sampled,
an action failed, clocks differ, clients wait for their jobs, there is little data, or others used
the service during the baseline.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from report.analysis.run import Analysis

from . import baseline, generators, load, recording
from . import littles_law as flow
from .check import Check

Trust = Literal["VALID", "QUALIFIED", "INVALID"]


def check_all(analysis: Analysis) -> tuple[Check, ...]:
    """Every check, in the order of importance."""
    return tuple(check for examine in CHECKS for check in examine(analysis))


def trust_in(checks: Sequence[Check]) -> Trust:
    """The worst of all checks decides."""
    levels = {check.level for check in checks}
    return "INVALID" if "invalid" in levels else "QUALIFIED" if "qualified" in levels else "VALID"


CHECKS: tuple[Callable[[Analysis], Iterator[Check]], ...] = (
    recording.completeness,
    recording.rows,
    recording.outcomes,
    flow.little,
    recording.completions,
    recording.workers,
    recording.monitoring,
    recording.actions,
    load.arrivals,
    generators.generator,
    generators.busy,
    load.clocks,
    load.method,
    load.load_model,
    load.amount,
    baseline.idle,
    generators.machines,
)
