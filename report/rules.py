"""The stop rules of a profile, each under its name."""

from collections.abc import Callable

from profiles import Stop

from .reading import Rule
from .rules_condition import ConditionRule
from .rules_errors import ErrorsRule, OutageRule
from .rules_latency import LatencyRule
from .rules_throughput import BacklogRule, FallRule, PlateauRule, StalledRule

BUILT_IN: dict[str, Callable[[Stop], Rule]] = {
    "errors": ErrorsRule,
    "outage": OutageRule,
    "plateau": PlateauRule,
    "fall": FallRule,
    "latency-rise": LatencyRule,
    "backlog": BacklogRule,
    "stalled": StalledRule,
}


def rule_for(stop: Stop) -> Rule:
    """The rule of one stop condition."""
    return BUILT_IN[stop.rule](stop) if stop.rule else ConditionRule(stop)
