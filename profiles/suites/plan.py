"""From a suite to its scenarios and runs: matrices are multiplied out, parameters put in, overrides written down."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from profiles.errors import UserError

from .model import Parameter, Phase, Scenario, Suite, _Settings, title
from .texts import filled, inline, text_filled


@dataclass(frozen=True)
class Planned:
    """One scenario: what it is made of. `varied`: the parameters of its phase's matrix; `overrides`: as `--set` takes them;
    `timeout`: seconds, after which a run of it is ended."""

    phase: str
    name: str
    parameters: Mapping[str, Parameter]
    varied: tuple[str, ...]
    profile: str
    overrides: tuple[str, ...]
    only: str | None
    timeout: float | None
    repeats: int

    @property
    def folder(self) -> str:
        """The name of its folder."""
        return re.sub(r"[^\w.=+,-]+", "-", self.name)


@dataclass(frozen=True)
class Run:
    """One run that a suite makes: the `repeat`th (from 1) of a scenario."""

    scenario: Planned
    repeat: int


def planned(suite: Suite, source: str) -> tuple[Planned, ...]:
    """Every scenario of a suite, in the order of its file. Raises UserError; `source` names the file."""
    scenarios = tuple(scenario for phase in suite.phase for scenario in _scenarios(suite, phase, source))
    for what, names in (("phases", [phase.name for phase in suite.phase]), ("scenarios", [each.folder for each in scenarios])):
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise UserError(f"{source}: two {what} are called {twice[0]!r}; each needs a name of its own")
    return scenarios


def chosen(
    scenarios: Sequence[Planned], phases: Sequence[str], names: Sequence[str], limit: int | None, source: str
) -> tuple[Planned, ...]:
    """Those of these phases and names (shell patterns), if there are any, and of them the first few. Raises UserError."""
    known = dict.fromkeys(scenario.phase for scenario in scenarios)
    for phase in phases:
        if phase not in known:
            raise UserError(f"{source}: --phase {phase}: no such phase; there are: {', '.join(known)}")
    some = [each for each in scenarios if not phases or each.phase in phases]
    for pattern in names:
        if not any(fnmatchcase(each.name, pattern) for each in some):
            raise UserError(f"{source}: --scenario {pattern}: no scenario is called so; see them with --list")
    some = [each for each in some if not names or any(fnmatchcase(each.name, pattern) for pattern in names)]
    return tuple(some[:limit])


def in_order(suite: Suite, scenarios: Sequence[Planned], repeats: int | None = None) -> tuple[Run, ...]:
    """Every run, in the order in which they are made; `repeats` in the place of what the file says."""
    counts = [(scenario, repeats or scenario.repeats) for scenario in scenarios]
    if suite.order == "listed":
        return tuple(Run(scenario, number) for scenario, count in counts for number in range(1, count + 1))
    rounds = range(1, max((count for _, count in counts), default=0) + 1)
    return tuple(Run(scenario, number) for number in rounds for scenario, count in counts if number <= count)


def _scenarios(suite: Suite, phase: Phase, source: str) -> Iterator[Planned]:
    if isinstance(phase.scenario, tuple):
        for listed in phase.scenario:
            yield _resolved(suite, phase, listed.name, [listed], {}, source)
        return
    for values in itertools.product(*phase.matrix.values()):
        own = dict(zip(phase.matrix, values, strict=True))
        special = [one for one in phase.exception if all(own[name] in allowed for name, allowed in one.where.items())]
        name = text_filled(phase.scenario, {**suite.parameters, **phase.own, **own})
        yield _resolved(suite, phase, name, special, own, source)


def _resolved(
    suite: Suite, phase: Phase, name: str, settings: Sequence[_Settings], own: Mapping[str, Parameter], source: str
) -> Planned:
    """One scenario: the suite's settings, over them the phase's, over them its own."""
    parameters = {**suite.parameters, **phase.own, **own, **{key: value for one in settings for key, value in one.own.items()}}
    try:
        title(name)
    except ValueError as error:
        raise UserError(f"{source}: phase {phase.name!r}: scenario {name!r}: {error}") from None
    layers: list[Suite | _Settings] = [suite, phase, *settings]
    profile = _last(layers, "profile")
    if profile is None:
        raise UserError(f"{source}: scenario {name!r} has no profile; say profile at the top, in its phase or in it")
    merged = {key: table for one in (phase, *settings) for key, table in one.merge.items()}
    return Planned(
        phase=phase.name,
        name=name,
        parameters=parameters,
        varied=tuple(phase.matrix),
        profile=profile,
        overrides=tuple(_overrides(suite.set, merged, parameters)),
        only=_last([one for one in layers if not isinstance(one, Suite)], "only"),
        timeout=_last(layers, "timeout"),
        repeats=_last(layers, "repeats"),
    )


def _last(layers: Iterable[Any], key: str) -> Any:
    """What the last of the layers that says it says."""
    return next((value for value in (getattr(one, key) for one in reversed(list(layers))) if value is not None), None)


def _overrides(settings: Mapping[str, Any], merged: Mapping[str, Any], parameters: Mapping[str, Parameter]) -> Iterator[str]:
    """Whole tables first; then the single keys, but for those of tables that were replaced."""
    for key, table in merged.items():
        yield f"{key}={inline(filled(table, parameters))}"
    for key, value in settings.items():
        if key.split(".")[0] not in merged:
            yield f"{key}={inline(filled(value, parameters))}"


def listed_text(scenario: Planned) -> str:
    """A scenario on one line: its parameters as the plan has them."""
    return ", ".join(f"{name} = {inline(value)}" for name, value in scenario.parameters.items())


def profile_path(profile: str, folder: Path) -> str:
    """Where a suite's profile is: told from the suite's own folder, or the name of one that comes along."""
    file = folder / profile
    return file.resolve().as_posix() if file.is_file() else profile


__all__ = ["Planned", "Run", "Scenario", "chosen", "in_order", "listed_text", "planned", "profile_path"]
