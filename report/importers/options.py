"""What the command line says of how to read an input."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from profiles import UserError


@dataclass(frozen=True)
class Options:
    """`fold`: expressions whose matches in names and causes become one star. `columns`: what a table's columns mean."""

    fold: tuple[re.Pattern[str], ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)

    def folded(self, text: str) -> str:
        """The text with every match of the expressions replaced."""
        for expression in self.fold:
            text = expression.sub("*", text)
        return text


def parse_options(fold: Sequence[str] = (), columns: str = "") -> Options:
    """The options as typed. Raises UserError."""
    return Options(tuple(map(_expression, fold)), _columns(columns))


def _expression(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise UserError(f"--fold {text}: not a regular expression: {error}") from None


def _columns(text: str) -> dict[str, str]:
    """time=ts,seconds=ms/1000: by what they mean. A comma within double quotes belongs to a column's name."""
    found: dict[str, str] = {}
    for part in re.findall(r'(?:"[^"]*"|[^,"])+', text):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            raise UserError(f"--columns {part.strip()}: allowed: MEANING=COLUMN, as in time=ts,seconds=ms/1000,name=label")
        if key in found:
            raise UserError(f"--columns {part.strip()}: {key} is given twice")
        found[key] = value
    return found
