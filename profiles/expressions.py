"""Templates: sandboxed Jinja2 in any value of a profile, compiled once.

A text that is exactly one `{{ expression }}` becomes the expression's own value (a number stays a number);
anything around it makes it a text. Add `| string` to get the text of a number.
"""

import re
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

from jinja2 import StrictUndefined, TemplateError, meta, nodes
from jinja2.sandbox import SandboxedEnvironment

Template = Callable[[Mapping[str, Any]], Any]

_GLOBALS = dict(SandboxedEnvironment().globals)
_WHOLE = re.compile(r"\{\{-?((?:(?!\{\{|\}\}).)*?)-?\}\}", re.DOTALL)


def compiled(place: str, value: Any) -> Template:
    """What makes a value out of the names that its templates see. ValueError names the place and what is wrong."""
    try:
        return _compile(value)
    except (TemplateError, RecursionError) as error:
        raise ValueError(f"{place}: {one_line(error)}") from None


def one_line(error: Exception) -> str:
    """What an error says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__


def _compile(value: Any) -> Template:
    if isinstance(value, str):
        return _compile_text(value)
    if isinstance(value, dict):
        fields = {key: _compile(inner) for key, inner in value.items()}
        return lambda names: {key: body(names) for key, body in fields.items()}
    if isinstance(value, tuple):
        items = [_compile(inner) for inner in value]
        return lambda names: [body(names) for body in items]
    return lambda _names: value


def varies(value: Any) -> bool:
    """Whether there is a template in it."""
    if isinstance(value, str):
        return "{{" in value or "{%" in value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
    return any(map(varies, inner))


def names_in(value: Any) -> set[str]:
    """The names that the templates in a value speak of; those that Jinja itself brings along left out."""
    if isinstance(value, str):
        if not varies(value):
            return set()
        return meta.find_undeclared_variables(SandboxedEnvironment().parse(value)) - _GLOBALS.keys()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
    return set().union(*map(names_in, inner))


def _shortcut(expression: nodes.Node) -> tuple[str, Template] | None:
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


def _compile_text(text: str) -> Template:
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
