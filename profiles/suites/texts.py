"""Texts that name parameters in braces, and values as TOML writes them on one line."""

import json
import re
from collections.abc import Mapping
from typing import Any

_NAME = re.compile(r"(?<!\{)\{([\w.-]+)\}(?!\})")


def names_in(text: str) -> list[str]:
    """The parameters that a text names; `{{ … }}` is a payload's template, and none of them."""
    return _NAME.findall(text)


def filled(value: Any, parameters: Mapping[str, Any]) -> Any:
    """A value with its parameters put in: a text that is one `{name}` becomes the parameter itself, a number a number."""
    if isinstance(value, str):
        whole = _NAME.fullmatch(value)
        return parameters[whole[1]] if whole else text_filled(value, parameters)
    if isinstance(value, dict):
        return {key: filled(inner, parameters) for key, inner in value.items()}
    return [filled(inner, parameters) for inner in value] if isinstance(value, list | tuple) else value


def text_filled(text: str, parameters: Mapping[str, Any]) -> str:
    """The text with its parameters put in; a name that isn't among them stays."""
    return _NAME.sub(lambda found: plain(parameters[found[1]]) if found[1] in parameters else found[0], text)


def plain(value: Any) -> str:
    """A parameter as people write it: true, 1.0, async."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def inline(value: Any) -> str:
    """A value as TOML on one line, which `--set KEY=` takes."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {inline(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(inline, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return plain(value)
