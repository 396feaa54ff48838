"""What is sampled while a test runs: machines, processes, and what others tell."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from . import paths
from .conditions import ALL_REQUESTS, JOB_SUBJECTS, KNOWN_METRICS
from .fields import CommandLine, Name, Table

ASKED = ("agent", "prometheus", "http", "command")
"""Whom a watch may ask."""


_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'\s*(\w+)\s*=\s*"([^"]*)"\s*'
_SELECTOR = re.compile(rf"\s*({_NAME})\s*(?:\{{((?:{_LABEL},)*(?:{_LABEL})?\s*)\}})?\s*")


def selector(said: str) -> tuple[str, dict[str, str]]:
    """NAME{label="value", …} as (name, labels); ValueError where it is none."""
    match = _SELECTOR.fullmatch(said)
    if match is None:
        raise ValueError(f'{said!r} doesn\'t pick anything out of Prometheus text; write NAME or NAME{{label="value"}}')
    return match[1], dict(re.findall(_LABEL, match[2] or ""))


class ProcessPick(Table):
    """Which process to watch: exactly one of pid, name, port ("target" is the port of --host). `each`: all of a name, summed."""

    pid: Annotated[int, Field(ge=1)] | None = None
    name: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | Literal["target"] | None = None
    each: bool = False

    @model_validator(mode="after")
    def _exactly_one(self) -> "ProcessPick":
        if sum(value is not None for value in (self.pid, self.name, self.port)) != 1:
            raise ValueError("name one of pid, name, port")
        if self.each and self.name is None:
            raise ValueError("each belongs to name: only of a name can there be several")
        return self


class Watch(Table):
    """Something to sample each second: this host, a process with its children, or what an agent, a Prometheus page, JSON
    over HTTP or a command tells."""

    name: Name
    host: bool = False
    process: ProcessPick | None = None
    agent: str | None = None
    source: Name = "host"
    prometheus: str | None = None
    http: str | None = None
    command: CommandLine | None = None
    metrics: dict[str, str] = {}

    @model_validator(mode="after")
    def _one_thing(self) -> "Watch":
        if self.name in (*JOB_SUBJECTS, ALL_REQUESTS, "generator", "submit", "status", "result"):
            raise ValueError(f"{self.name!r} means something else in conditions; choose another name")
        asked = [kind for kind in ASKED if getattr(self, kind) is not None]
        here = self.host or self.process is not None
        if here + len(asked) != 1:
            how = "too much" if asked else "nothing"
            raise ValueError(f"watches {how}: set host = true, process = {{ … }}, or one of {', '.join(ASKED)}")
        if "source" in self.model_fields_set and self.agent is None:
            raise ValueError("source belongs to an agent: its host, or a process that it names")
        if bool(self.metrics) != bool(asked and asked[0] != "agent"):
            raise ValueError("metrics belongs to prometheus, http and command, each of which needs it: a name for each number")
        for name, path in self.metrics.items():
            if name in KNOWN_METRICS:
                raise ValueError(f"metrics: {name!r} means something else in conditions; choose another name, as in {name}_here")
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise ValueError(f"metrics: {name!r} is not a name in small letters, digits and _")
            _ = paths.checked(path) if self.prometheus is None else selector(path)
        return self

    @field_validator("agent", "prometheus", "http")
    @classmethod
    def _is_url(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith("${"):
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.netloc:
                raise ValueError('not a URL; write it as in "http://10.0.0.9:5559"')
        return url

    @property
    def asks(self) -> tuple[str, str] | None:
        """Who is asked, and where; None where this machine is looked at."""
        return next(((kind, getattr(self, kind)) for kind in ASKED if getattr(self, kind) is not None), None)

    @property
    def is_host(self) -> bool:
        """Whether this is a machine."""
        return self.host or (self.agent is not None and self.source == "host")

    @property
    def is_process(self) -> bool:
        """Whether this is a process."""
        return self.process is not None or (self.agent is not None and self.source != "host")
