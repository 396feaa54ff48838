"""The steady throughput in words."""

from dataclasses import replace

from report.analysis.run import Analysis
from report.analysis.steps.capacity import capacity_of
from report.analysis.steps.result import StepResult
from report.findings.throughput import throughput


def test_what_a_search_confirmed_says_nothing_of_the_steps_it_broke_in(breaks: Analysis) -> None:
    """The last hold of a search comes after steps that were not sustained: only those of less load were."""
    first, second, broke = breaks.steps
    last = replace(second, stage=replace(second.stage, number=4, clients=60, role="confirmation"))
    said = said_of(breaks, (first, second, broke, last))
    assert said.endswith("with 60 clients, which makes 34.9 requests/s. Every step with fewer clients was sustained.")
    low = replace(first, verdict="UNSUSTAINED")
    assert said_of(breaks, (low, second, broke, last)).endswith("requests/s.")


def said_of(analysis: Analysis, steps: tuple[StepResult, ...]) -> str:
    return next(throughput(replace(analysis, steps=steps, capacity=capacity_of(steps)))).sentence
