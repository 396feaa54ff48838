"""What is sent for a job: its body, made by templates, and `${NAME}` for secrets from the environment."""

import random
import re
import uuid
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from .api import Call, JobKind
from .errors import UserError
from .expressions import Template, compiled, names_in, one_line, varies
from .model import Profile

_SECRET = re.compile(r"\$\{(\w+)\}")
BUILT_IN = ("host", "number", "randint", "uniform", "choice", "uuid")
"""The names that every template sees; `tenant` beside them where the profile has any."""

JSON, FORM, TEXT = "application/json", "application/x-www-form-urlencoded", "text/plain; charset=utf-8"
Names = dict[str, Any]
"""What the templates of one job see: what every template sees, the profile's [values], and what the job's calls took."""


class Body:
    """A request's body, compiled once: json, form or text. `content_type` is its own; `of` makes its bytes."""

    def __init__(self, place: str, said: Call | JobKind) -> None:
        self.content_type = JSON
        self._make: Template | None = None
        self._said: Any = None
        for key, content_type, value in (("json", JSON, said.json_body), ("form", FORM, said.form), ("body", TEXT, said.body)):
            if value is not None:
                self.content_type, self._said, self._make = content_type, value, compiled(f"{place}{key}", value)
                self.key = key

    @property
    def said(self) -> bool:
        """Whether there is one."""
        return self._make is not None

    @property
    def varies(self) -> bool:
        """Whether it differs from request to request."""
        return varies(self._said)

    @property
    def names(self) -> set[str]:
        """The names that its templates speak of."""
        return names_in(self._said)

    def value(self, names: Mapping[str, Any]) -> Any:
        """What is sent, before it is written out; None for no body. Raises whatever a template does."""
        return None if self._make is None else self._make(names)

    def of(self, names: Mapping[str, Any]) -> bytes:
        """Its bytes. Raises whatever a template does."""
        value = self.value(names)
        if value is None:
            return b""
        if self.content_type == FORM:
            return urlencode({name: as_text(each) for name, each in value.items()}).encode()
        return as_text(value).encode() if self.content_type == TEXT else orjson.dumps(value)


class Payloads:
    """The request bodies of one profile, compiled once. ValueError names the job and what is wrong with it."""

    def __init__(self, profile: Profile, host: str = "http://127.0.0.1") -> None:
        self._host = host
        self._values = {name: compiled(f"values.{name}", value) for name, value in profile.values.items()}
        shared = Body("api.submit.", profile.api.submit)
        own = {job.kind: Body(f"job {job.kind}: ", job) for job in profile.job}
        self._bodies = {kind: body if body.said else shared for kind, body in own.items()}
        uploads = {job.kind: job.upload for job in profile.job if job.upload is not None}
        self._fields = {kind: compiled(f"job {kind}: upload.fields", upload.fields) for kind, upload in uploads.items()}
        self._fixed: dict[str, bytes] = {}
        taken = {name for call in (profile.api.login, *profile.api.named.values()) if call for name in call.take}
        tenant = profile.tenant[0].name if profile.tenant else ""
        for job in profile.job:
            self._try(job, tenant, taken)

    def _try(self, job: JobKind, tenant: str, taken: Collection[str]) -> None:
        """Make a job's body once; what only a reply will tell can't be tried."""
        body = self._bodies[job.kind]
        key = "upload.fields" if job.upload else getattr(body, "key", "json")
        if (names_in(job.upload.fields) if job.upload else body.names) & set(taken):
            return
        try:
            names = self.names(0, random.Random(0), tenant)
            made = body.of(names)
            if job.upload:
                self.fields(job.kind, names)
        except Exception as error:  # Templates are the user's code: they may raise anything.
            raise ValueError(f"job {job.kind}: {key}: {one_line(error)}") from None
        if not body.varies:
            self._fixed[job.kind] = made

    def content_type(self, kind: str) -> str:
        """What the body of a kind is."""
        return self._bodies[kind].content_type

    def encoded(self, kind: str, number: int, rng: random.Random, tenant: str = "", names: Names | None = None) -> bytes:
        """The bytes of one submit's body, none at all where the kind has none. `names`: those of the job, where it has any
        already. Raises whatever a template does."""
        fixed = self._fixed.get(kind)
        return self._bodies[kind].of(names or self.names(number, rng, tenant)) if fixed is None else fixed

    def body(self, kind: str, number: int, rng: random.Random, tenant: str = "") -> Any:
        """The body of one submit, ready to be written out. Templates see host, number, tenant (where there are any), the
        profile's [values] and randint, uniform, choice, uuid."""
        return self._bodies[kind].value(self.names(number, rng, tenant))

    def fields(self, kind: str, names: Names) -> dict[str, str]:
        """The fields beside the file of one upload, as texts; templates see what they see in `body`."""
        return {name: as_text(value) for name, value in self._fields[kind](names).items()}

    def names(self, number: int, rng: random.Random, tenant: str) -> Names:
        """What the templates of one job see before its first call."""
        names: Names = {
            "host": self._host,
            "number": number,
            "randint": rng.randint,
            "uniform": rng.uniform,
            "choice": rng.choice,
            "uuid": lambda: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        }
        if tenant:
            names["tenant"] = tenant
        names.update({name: value(names) for name, value in self._values.items()})
        return names


def as_text(value: Any) -> str:
    """A value as a text: one as it is, anything else as JSON writes it."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def expand_secrets(text: str, environ: Mapping[str, str], place: str) -> str:
    """Put the environment's value for each `${NAME}`; UserError where one is missing."""

    def value_of(match: re.Match[str]) -> str:
        try:
            return environ[match[1]]
        except KeyError:
            raise UserError(f"{place}: the environment has no {match[1]}; set it, as in {match[1]}=… stepload run …") from None

    return _SECRET.sub(value_of, text)


def expand_all(value: Any, environ: Mapping[str, str], place: str) -> Any:
    """The same in every text of a value."""
    if isinstance(value, str):
        return expand_secrets(value, environ, place)
    if isinstance(value, dict):
        return {key: expand_all(inner, environ, f"{place}.{key}") for key, inner in value.items()}
    return tuple(expand_all(inner, environ, place) for inner in value) if isinstance(value, tuple) else value


def secret_names(value: Any) -> set[str]:
    """The names in every `${NAME}` inside a document."""
    if isinstance(value, str):
        return set(_SECRET.findall(value))
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return set().union(*map(secret_names, inner))
