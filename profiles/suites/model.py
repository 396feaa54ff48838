"""What a suite is: the schema of its file, as frozen pydantic models. Units inside: seconds."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

from profiles.fields import Count, LastingDuration, Name, Table

from .texts import names_in

Parameter = str | int | float | bool
ALWAYS = ("port", "run", "python")
"""What a service's command may name beside the parameters: a free port, the run's folder, the Python that runs this."""


def title(text: str) -> str:
    """The same text; ValueError where it can't name a phase or scenario."""
    if not re.fullmatch(r"[\w-][\w .+=,-]{0,79}", text):
        raise ValueError("not a name: up to 80 letters, digits, spaces, _, ., +, =, comma or -, not first a dot or space")
    return text


Title = Annotated[str, AfterValidator(title)]
"""The name of a phase or scenario, which also names folders."""


class Service(Table):
    """A service that is started anew for each run, from the folder `folder` (told from the suite's own)."""

    run: str
    folder: str = "."
    host: str = "http://127.0.0.1:{port}"
    patience: LastingDuration = 30.0


class _Settings(Table):
    """What a phase, an exception and a scenario may change; any other key sets a parameter."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, populate_by_name=True)
    __pydantic_extra__: dict[str, Parameter]

    profile: str | None = None
    only: str | None = None
    timeout: LastingDuration | None = None
    repeats: Count | None = None
    merge: dict[str, Any] = {}

    @property
    def own(self) -> dict[str, Parameter]:
        """The parameters that it sets."""
        return dict(self.__pydantic_extra__)


class Scenario(_Settings):
    """One scenario, listed by name."""

    name: Title


class Special(_Settings):
    """What is different for those scenarios of a matrix whose parameters have one of these values."""

    where: dict[str, tuple[Parameter, ...]] = Field(min_length=1)


Scenarios = Annotated[
    Annotated[str, Tag("named")] | Annotated[tuple[Scenario, ...], Field(min_length=1), Tag("listed")],
    Discriminator(lambda value: "named" if isinstance(value, str) else "listed"),
]
"""A text that names the combinations of a matrix, or the scenarios themselves."""


class Phase(_Settings):
    """Scenarios that answer one question: every combination of a matrix, named by a template, or listed one by one."""

    name: Title
    question: str = ""
    scenario: Scenarios
    matrix: dict[str, tuple[Parameter, ...]] = {}
    exception: tuple[Special, ...] = ()
    knee: str | None = None
    scale: str | None = None
    beside: str | None = None

    @field_validator("matrix")
    @classmethod
    def _values_differ(cls, matrix: dict[str, tuple[Parameter, ...]]) -> dict[str, tuple[Parameter, ...]]:
        for name, values in matrix.items():
            if not values or len(set(values)) < len(values):
                raise ValueError(f"{name} needs values, each of them once")
        return matrix

    @model_validator(mode="after")
    def _named_or_listed(self) -> "Phase":
        if isinstance(self.scenario, str) != bool(self.matrix):
            raise ValueError("a matrix needs scenario, a text that names each combination; without one list [[phase.scenario]]")
        if isinstance(self.scenario, str):
            missing = [name for name in self.matrix if name not in names_in(self.scenario)]
            if missing:
                raise ValueError(f"scenario = {self.scenario!r} must name each parameter of the matrix; not there: {missing[0]}")
        elif self.exception:
            raise ValueError("[[phase.exception]] belongs to a matrix; a listed scenario says its own settings")
        return self


class Suite(Table):
    """Many runs and one report."""

    name: Name
    goal: str = ""
    profile: str | None = None
    repeats: Count = 1
    order: Literal["interleaved", "listed"] = "interleaved"
    timeout: LastingDuration | None = None
    service: Service | None = None
    parameters: dict[Name, Parameter] = {}
    set: dict[str, Any] = {}
    phase: tuple[Phase, ...] = Field(min_length=1)

    @field_validator("parameters")
    @classmethod
    def _no_key_of_ours(cls, parameters: dict[str, Parameter]) -> dict[str, Parameter]:
        taken = {*Phase.model_fields, *Scenario.model_fields, *Special.model_fields, *ALWAYS}
        for name in parameters:
            if name in taken:
                raise ValueError(f"a parameter can't be called {name!r}, which already means something")
        return parameters

    @model_validator(mode="after")
    def _parameters_are_known(self) -> "Suite":
        for place, settings, said in _settings_of(self.phase):
            self._check_known(f"{place}: {{}} is not a key here; allowed: {', '.join((*said, *self.parameters))}", settings)
        allowed = ", ".join(self.parameters) or "none"
        for key, value in self.set.items():
            self._check_known(f"set.{key}: {{}} is no parameter; allowed: {allowed}", _named_within(value))
        for number, phase in enumerate(self.phase, 1):
            named = (*names_in(phase.scenario if isinstance(phase.scenario, str) else ""), *phase.matrix)
            self._check_known(f"phase {number}: {{}} is no parameter; allowed: {allowed}", named)
            for special in phase.exception:
                self._check_known(f"phase {number}: exception: {{}} is not in its matrix; allowed: {', '.join(phase.matrix)}",
                                  special.where, phase.matrix)  # fmt: skip
            shown = [name for name in (phase.knee, phase.scale, phase.beside) if name is not None]
            self._check_known(f"phase {number}: {{}} is no parameter; allowed: {allowed}", shown)
        return self

    @model_validator(mode="after")
    def _service_names_parameters(self) -> "Suite":
        if self.service is not None:
            known = (*self.parameters, *ALWAYS)
            for key in ("run", "host"):
                for name in names_in(getattr(self.service, key)):
                    if name not in known:
                        raise ValueError(f"service.{key}: {name!r} is no parameter; allowed: {', '.join(known)}")
        return self

    def _check_known(self, sentence: str, names: Iterable[str], known: Mapping[str, Any] | None = None) -> None:
        for name in names:
            if name not in (self.parameters if known is None else known):
                raise ValueError(sentence.format(repr(name)))


def _settings_of(phases: Iterable[Phase]) -> Iterable[tuple[str, Mapping[str, Any], list[str]]]:
    """Each table that may set parameters: where it is, those that it sets, and its own keys."""
    for place, phase in enumerate(phases, 1):
        yield f"phase {place}", phase.own, list(Phase.model_fields)
        for number, special in enumerate(phase.exception, 1):
            yield f"phase {place}.exception {number}", special.own, list(Special.model_fields)
        for number, listed in enumerate(phase.scenario if isinstance(phase.scenario, tuple) else (), 1):
            yield f"phase {place}.scenario {number}", listed.own, list(Scenario.model_fields)


def _named_within(value: Any) -> list[str]:
    """The parameters that texts in a value name."""
    if isinstance(value, str):
        return names_in(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else ()
    return [name for each in inner for name in _named_within(each)]
