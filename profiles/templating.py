"""Values in payloads: sandboxed Jinja2, compiled once, and `${NAME}` for secrets from the environment.

A text that is exactly one `{{ expression }}` becomes the expression's own value (a number stays a number);
anything around it makes it a text. Add `| string` to get the text of a number.
"""

import random
import re
import uuid
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

import orjson
from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment

from .errors import UserError
from .model import Profile

_Template = Callable[[Mapping[str, Any]], Any]

_GLOBALS = dict(SandboxedEnvironment().globals)
_WHOLE = re.compile(r"\{\{-?((?:(?!\{\{|\}\}).)*?)-?\}\}", re.DOTALL)
_SECRET = re.compile(r"\$\{(\w+)\}")


class Payloads:
    """The request bodies of one profile, compiled once. ValueError names the job and what is wrong with it."""

    def __init__(self, profile: Profile, host: str = "http://127.0.0.1") -> None:
        self._host = host
        self._values = {name: _checked(f"values.{name}", value) for name, value in profile.values.items()}
        self._bodies = {job.kind: _checked(f"job {job.kind}: json", job.json_body) for job in profile.job}
        uploads = {job.kind: job.upload for job in profile.job if job.upload is not None}
        self._fields = {kind: _checked(f"job {kind}: upload.fields", upload.fields) for kind, upload in uploads.items()}
        self._fixed: dict[str, bytes] = {}
        tenant = profile.tenant[0].name if profile.tenant else ""
        for job in profile.job:
            try:
                body = self.encoded(job.kind, number=0, rng=random.Random(0), tenant=tenant)
                if job.kind in self._fields:
                    self.fields(job.kind, number=0, rng=random.Random(0), tenant=tenant)
            except Exception as error:  # Templates are the user's code: they may raise anything.
                key = "upload.fields" if job.kind in self._fields else "json"
                raise ValueError(f"job {job.kind}: {key}: {_one_line(error)}") from None
            if not _varies(job.json_body):
                self._fixed[job.kind] = body

    def encoded(self, kind: str, number: int, rng: random.Random, tenant: str = "") -> bytes:
        """The bytes of one submit's body: `body` as JSON, none at all where the kind has no json. Raises whatever a
        template does."""
        fixed = self._fixed.get(kind)
        return _encoded(self.body(kind, number, rng, tenant)) if fixed is None else fixed

    def body(self, kind: str, number: int, rng: random.Random, tenant: str = "") -> Any:
        """The body of one submit, ready for JSON. Templates see host, number, tenant (where there are any), the
        profile's [values] and randint, uniform, choice, uuid."""
        return self._bodies[kind](self._names(number, rng, tenant))

    def fields(self, kind: str, number: int, rng: random.Random, tenant: str = "") -> dict[str, str]:
        """The fields beside the file of one upload, as texts; templates see what they see in `body`."""
        made = self._fields[kind](self._names(number, rng, tenant))
        return {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in made.items()}

    def _names(self, number: int, rng: random.Random, tenant: str) -> dict[str, Any]:
        names: dict[str, Any] = {
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


def expand_secrets(text: str, environ: Mapping[str, str], place: str) -> str:
    """Put the environment's value for each `${NAME}`; UserError where one is missing."""

    def value_of(match: re.Match[str]) -> str:
        try:
            return environ[match[1]]
        except KeyError:
            raise UserError(f"{place}: the environment has no {match[1]}; set it, as in {match[1]}=… stepload run …") from None

    return _SECRET.sub(value_of, text)


def secret_names(value: Any) -> set[str]:
    """The names in every `${NAME}` inside a document."""
    if isinstance(value, str):
        return set(_SECRET.findall(value))
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return set().union(*map(secret_names, inner))


def _checked(place: str, value: Any) -> _Template:
    try:
        return _compile(value)
    except (TemplateError, RecursionError) as error:
        raise ValueError(f"{place}: {_one_line(error)}") from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _compile(value: Any) -> _Template:
    if isinstance(value, str):
        return _compile_text(value)
    if isinstance(value, dict):
        fields = {key: _compile(inner) for key, inner in value.items()}
        return lambda names: {key: body(names) for key, body in fields.items()}
    if isinstance(value, tuple):
        items = [_compile(inner) for inner in value]
        return lambda names: [body(names) for body in items]
    return lambda _names: value


def _varies(value: Any) -> bool:
    """Whether there is a template in it."""
    if isinstance(value, str):
        return "{{" in value or "{%" in value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
    return any(map(_varies, inner))


def _encoded(document: Any) -> bytes:
    return b"" if document is None else orjson.dumps(document)


def _shortcut(expression: nodes.Node) -> tuple[str, _Template] | None:
    """What a name, or a call of one with constants, comes to where the name is one of ours: Jinja would take twenty
    times as long. Nothing that its sandbox is there for is in reach of these two."""
    match expression:
        case nodes.Name(name=name):
            return name, itemgetter(name)
        case nodes.Call(node=nodes.Name(name=name), args=args, kwargs=[], dyn_args=None, dyn_kwargs=None):
            try:
                constants = [arg.as_const() for arg in args]
            except nodes.Impossible:
                return None
            return name, lambda names: names[name](*constants)
    return None


def _compile_text(text: str) -> _Template:
    if "{{" not in text and "{%" not in text:
        return lambda _names: text
    environment = SandboxedEnvironment(undefined=StrictUndefined)
    whole = _WHOLE.fullmatch(text.strip())
    if whole:
        environment.compile_expression(whole[1])  # for its errors, which speak of the expression alone
        output = environment.parse(text.strip()).body[0]
        shortcut = _shortcut(output.nodes[0]) if isinstance(output, nodes.Output) else None
        expression = environment.from_string("{% set result = (" + whole[1] + ") %}")

        def evaluate(names: Mapping[str, Any]) -> Any:
            if shortcut and shortcut[0] in names:
                return shortcut[1](names)
            # `shared`: without it Jinja copies all its globals for each evaluation.
            value = expression.make_module(dict(_GLOBALS, **names), shared=True).result  # type: ignore[attr-defined]
            return str(value) if isinstance(value, StrictUndefined) else value

        return evaluate
    template = environment.from_string(text)
    return lambda names: template.render(names)
