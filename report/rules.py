"""The stop rules of a profile: the built-in ones, and conditions in its own words."""

from dataclasses import replace

from profiles import Stop
from profiles.conditions import ROW_METRICS

from .measure import measure
from .reading import Moment, Reading, Rule
from .rules_quality import ErrorsRule, LatencyRule
from .rules_throughput import BacklogRule, FallRule, PlateauRule, StalledRule

SAMPLES_LAST = 3
"""Seconds that a sample stands for where none follows: samplers drift, and some second stays without one."""


def rule_for(stop: Stop) -> Rule:
    """The rule of one stop condition."""
    match stop.rule:
        case "errors":
            return ErrorsRule(stop)
        case "plateau":
            return PlateauRule(stop)
        case "fall":
            return FallRule(stop)
        case "latency-rise":
            return LatencyRule(stop)
        case "stalled":
            return StalledRule(stop)
        case "backlog":
            return BacklogRule(stop)
        case _:
            return ConditionRule(stop)


class ConditionRule:
    """A condition in the profile's own words, true at every second for so long."""

    def __init__(self, stop: Stop) -> None:
        self.label, self.then, self._for = stop.label, stop.then, stop.for_
        self._true_for = 0

    def read(self, moment: Moment) -> Reading:
        """Row metrics are measured over the method's window, watched ones over the last second that has a sample."""
        condition = moment.profile.condition(self.label)
        on_rows = condition.metric in ROW_METRICS or condition.subject == "job"
        window = moment.history.window(round(moment.profile.method.window) if on_rows else 1)
        if not on_rows:
            window = replace(window, samples=moment.history.newest_samples(SAMPLES_LAST))
        value = measure(condition, window)
        true = condition.holds(value)
        self._true_for = self._true_for + 1 if true else 0
        near = value / condition.value if condition.value and condition.op[0] == ">" and value == value else float(true)
        values = {"value": None if value != value else value, "limit": condition.value, "unit": condition.dimension,
                  "for": self._for, "held": self._true_for}  # fmt: skip
        return Reading(true, true and self._true_for >= self._for, near, values)
