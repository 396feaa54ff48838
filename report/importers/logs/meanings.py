"""What --columns says that the columns of a table mean: `time=ts,seconds=ms/1000,name=label,ok=status<400`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from profiles import UserError

from .columns import is_number

MEANINGS = ("time", "end", "seconds", "name", "ok", "cause", "clients")
NUMBERS = ("time", "end", "seconds", "clients")
COMPARISONS = ("<=", ">=", "!=", "==", "=", "<", ">")
EXPRESSION = re.compile(
    r"""("(?P<quoted>[^"]+)"|(?P<bare>[^"*/<>=!]+?))\s*"""
    r"""((?P<by>[*/])\s*(?P<factor>[\d.]+(e-?\d+)?)|(?P<compare><=|>=|!=|==|=|<|>)\s*(?P<value>.+?))?""",
    re.IGNORECASE,
)
TRUE = ("true", "1", "1.0", "yes", "ok", "pass", "passed", "success", "succeeded")
"""What a column says of a request that is fine, if it isn't compared with anything; in any case of letters."""


@dataclass(frozen=True)
class Expression:
    """A column, multiplied by a factor or compared with a value."""

    column: str
    factor: float = 1.0
    compare: str = ""
    value: str = ""

    def holds(self, text: str) -> bool:
        """Whether a word is what it is compared with, or says yes."""
        if not self.compare:
            return text.strip().lower() in TRUE
        if self.compare in ("=", "==", "!="):
            same = float(text) == float(self.value) if is_number(text) and is_number(self.value) else text.strip() == self.value
            return same != (self.compare == "!=")
        if not is_number(text):
            return False
        number, limit = float(text), float(self.value)
        return {"<": number < limit, "<=": number <= limit, ">": number > limit, ">=": number >= limit}[self.compare]


def meanings_of(columns: Mapping[str, str]) -> dict[str, Expression]:
    """What --columns says, understood. Raises UserError."""
    for key in columns:
        if key not in MEANINGS:
            raise UserError(f"--columns {key}={columns[key]}: allowed before the sign: {', '.join(MEANINGS)}")
    if "seconds" not in columns or not {"time", "end"} & set(columns):
        raise UserError("--columns: needs seconds=, and time= (when a request began) or end= (when it ended)")
    return {key: _expression(key, text) for key, text in columns.items()}


def _expression(key: str, text: str) -> Expression:
    found = EXPRESSION.fullmatch(text.strip())
    if found is None:
        raise UserError(f"--columns {key}={text}: allowed: COLUMN, COLUMN/1000 or COLUMN<400; a name with signs in double quotes")
    if (found["by"] and key not in NUMBERS) or (found["compare"] and key != "ok"):
        raise UserError(f"--columns {key}={text}: numbers are multiplied and divided, only ok= is compared")
    factor = float(found["factor"]) if found["by"] else 1.0
    if factor <= 0:
        raise UserError(f"--columns {key}={text}: allowed: a factor above 0")
    compare, value = found["compare"] or "", found["value"] or ""
    if compare in ("<", "<=", ">", ">=") and not is_number(value):
        raise UserError(f"--columns {key}={text}: {value!r} is no number to compare with")
    return Expression((found["quoted"] or found["bare"]).strip(), factor if found["by"] != "/" else 1 / factor, compare, value)
