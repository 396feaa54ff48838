"""Capacity by the plain rule: the last sustained step in an unbroken series from the first."""

from collections.abc import Sequence

from .result import Capacity, StepResult


def capacity_of(results: Sequence[StepResult]) -> Capacity:
    """Capacity by the plain rule. A step that can't be judged says nothing, so it doesn't break the series; the last hold
    of a search, below what it found, comes after the break and counts."""
    series = next((i for i, result in enumerate(results) if result.failed), len(results))
    breaking = next((result for result in results if result.failed), None)
    counting = [*results[:series], *(result for result in results[series:] if result.role == "confirmation")]
    carried = max((result for result in counting if result.sustained), key=lambda result: result.clients, default=None)
    return Capacity(carried, breaking)
