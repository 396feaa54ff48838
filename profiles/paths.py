"""JMESPath: where in a JSON document something is."""

import re
from typing import Annotated, Any

import jmespath
from jmespath.functions import Functions
from pydantic import AfterValidator


def checked(expression: str) -> str:
    """The same expression; ValueError says why it is none."""
    try:
        parsed = jmespath.compile(expression).parsed
    except (ValueError, RecursionError) as error:  # All of JMESPath's errors are ValueErrors.
        raise ValueError(f"{expression!r} is not JMESPath: {' '.join(str(error).split())}") from None
    for name in _functions_in(parsed):
        if name not in Functions.FUNCTION_TABLE:
            raise ValueError(f"{expression!r}: JMESPath has no function {name!r}")
    return expression


def _functions_in(node: Any) -> list[str]:
    """The functions that a parsed expression calls: JMESPath itself looks them up only when it gets that far."""
    called = [node["value"]] if node["type"] == "function_expression" else []
    return called + [name for child in node["children"] if isinstance(child, dict) for name in _functions_in(child)]


JmesPath = Annotated[str, AfterValidator(checked)]

SLOT = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")
"""Where a name's value goes. JMESPath itself has no two braces in a row."""


def _template(expression: str) -> str:
    _ = checked(SLOT.sub("x", expression))
    return expression


JmesTemplate = Annotated[str, AfterValidator(_template)]
"""A JMESPath in which `{{ name }}` may stand within quotes, as in jobs[?id=='{{ id }}']."""
