"""The rules that profiles name, and those that there are."""

from importlib import import_module

import pytest

from profiles import Stop
from profiles.stops import RULES
from report.rules.registry import BUILT_IN, ends_when, is_unknown, rule_for, what_broke
from report.rules.rule import BuiltIn
from tests.house.sources import ROOT


def test_the_table_of_profiles_is_that_of_the_rules() -> None:
    assert {name: rule.traits for name, rule in BUILT_IN.items()} == RULES
    assert [rule.name for rule in BUILT_IN.values()] == list(RULES)


def test_every_rule_is_listed() -> None:
    files = sorted((ROOT / "report" / "rules").glob("*.py"))
    modules = [import_module(f"report.rules.{file.stem}") for file in files if file.stem != "__init__"]
    rules = {each for module in modules for each in vars(module).values() if isinstance(each, type) and issubclass(each, BuiltIn)}
    missing = {rule.name for rule in rules - {BuiltIn}} - set(BUILT_IN)
    assert len(rules) > 1 and not missing, f"{missing}: in no list; add it to RULES in profiles/stops.py"


@pytest.mark.parametrize("name", RULES)
def test_a_rule_stands_in_its_own_file_and_says_all_of_itself(name: str) -> None:
    stop = Stop(rule=name)
    rule = rule_for(stop)
    assert type(rule) is BUILT_IN[name]
    assert type(rule).__module__ == f"report.rules.{name.replace('-', '_')}" == BUILT_IN[name].sees.__module__
    assert ends_when(stop).startswith(f"{name}: ") and not ends_when(stop).endswith(".")
    assert what_broke(name) == BUILT_IN[name].broke


def test_a_condition_is_said_in_its_own_words() -> None:
    assert ends_when(Stop(when="load1(target) > 3", over="5m", of="3 of 4")) == (
        "load1(target) > 3, measured over 5 min, in 3 of 4 windows"
    )
    assert ends_when(Stop(when="load1(target) > 3")) == "load1(target) > 3, for 10 s"
    assert what_broke("load1(target) > 3") == "the condition load1(target) > 3 was true"


@pytest.mark.parametrize(
    ("rule", "unknown"), [("backlog", False), ("p95(job) > 2s", False), ("errors(job)>1%", False), ("too-cold", True)]
)
def test_what_another_version_calls_a_rule(rule: str, unknown: bool) -> None:
    assert is_unknown(rule) == unknown
