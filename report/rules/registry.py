"""The stop rules of a profile, each under its name."""

from collections.abc import Callable

from profiles import Stop

from .backlog import BacklogRule
from .condition import ConditionRule
from .errors import ErrorsRule
from .fall import FallRule
from .latency_rise import LatencyRule
from .outage import OutageRule
from .plateau import PlateauRule
from .rule import Rule
from .stalled import StalledRule

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
