"""The stop rules by their names: each is found in the file of that name."""

from importlib import import_module

from profiles import Stop, UserError
from profiles.stops import RULES
from report.recording.events import RuleState
from report.recording.run_info import EVENTS

from .condition import ConditionRule
from .rule import BuiltIn, Rule, Seen


def _in_its_file(name: str) -> type[BuiltIn]:
    """The rule of this name, which profiles/stops.py lists: report/rules has a file of that name for it, and only it."""
    module = import_module(f"{__package__}.{name.replace('-', '_')}")
    (found,) = (
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, BuiltIn) and each.__module__ == module.__name__
    )
    return found


BUILT_IN: dict[str, type[BuiltIn]] = {name: _in_its_file(name) for name in RULES}


def rule_for(stop: Stop) -> Rule:
    """The rule of one stop condition."""
    return BUILT_IN[stop.rule](stop) if stop.rule else ConditionRule(stop)


def ends_when(stop: Stop) -> str:
    """When a stop condition is met, in words."""
    said = rule_for(stop).ends_when
    return f"{stop.rule}: {said}" if stop.rule else said


def what_broke(rule: str) -> str:
    """What broke where the rule of that name, or a condition, fired."""
    return BUILT_IN[rule].broke if rule in BUILT_IN else f"the condition {rule} was true"


def seen_in(event: RuleState) -> Seen | None:
    """What a rule saw when its state changed. None where it says nothing, or where only another version knows the rule. Raises
    UserError."""
    if not event.values or is_unknown(event.rule):
        return None
    try:
        return BUILT_IN.get(event.rule, ConditionRule).sees.decode(event.values)
    except ValueError as error:
        raise UserError(
            f"{EVENTS}: rule {event.rule} at second {event.at:g}: {error}; the file is damaged: restore it as the run wrote it"
        ) from None


def is_unknown(rule: str) -> bool:
    """Whether this is the name of a rule that this version does not have: a condition is more than a word."""
    return rule not in BUILT_IN and rule.replace("-", "").isalpha()
