"""What a call asks for: a method, and a path with names in it or a whole URL."""

import re
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator

from profiles.fields import METHODS

_NAME = re.compile(r"\{(\+?)([^{}]*)\}")
_WHOLE = re.compile(r"\{([A-Za-z_]\w*)\}")


class Slot(NamedTuple):
    """A name in a path, whose value is put there: quoted, or `whole`, with its slashes and all (RFC 6570: {+name})."""

    name: str
    whole: bool


class Asked(NamedTuple):
    """A request taken apart. `pieces` are texts and names in turn: of a path, or, `elsewhere`, of a whole URL."""

    method: str
    pieces: tuple[str | Slot, ...]
    elsewhere: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The names in it."""
        return tuple(piece.name for piece in self.pieces if isinstance(piece, Slot))


def taken_apart(text: str) -> Asked:
    """METHOD /path, METHOD {name} or METHOD URL. ValueError says what is wrong."""
    method, _, target = text.partition(" ")
    url = urlsplit(target) if target.startswith(("http://", "https://")) else None
    if method not in METHODS or not (target.startswith("/") or _WHOLE.fullmatch(target) or (url and url.hostname)):
        raise ValueError(
            f'{text!r} is not METHOD /path, as in "GET /tasks/{{id}}", or METHOD {{name}}, where a reply told a whole URL; '
            f"methods: {', '.join(METHODS)}"
        )
    if any(character.isspace() for character in target):
        raise ValueError(f"{text!r}: no space can stand in a path; write %20")
    if whole := _WHOLE.fullmatch(target):
        return Asked(method, (Slot(whole[1], True),), True)
    return Asked(method, tuple(_pieces(text, target)), url is not None)


def _pieces(text: str, target: str) -> list[str | Slot]:
    pieces: list[str | Slot] = []
    end = 0
    for found in _NAME.finditer(target):
        if not re.fullmatch(r"[A-Za-z_]\w*", found[2]):
            raise ValueError(f"{text!r}: {found[0]} is no name; write as in {{id}}, or {{+id}} for one that keeps its slashes")
        pieces += [target[end : found.start()], Slot(found[2], bool(found[1]))]
        end = found.end()
    return [*pieces, target[end:]]


def _checked(text: str) -> str:
    _ = taken_apart(text)
    return text


Request = Annotated[str, AfterValidator(_checked)]
