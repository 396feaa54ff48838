"""What a reply tells, and later calls may use: by JMESPath, from a header, from a cookie."""

import re
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator

from profiles import paths

From = Literal["json", "header", "cookie"]
_KEY = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Source(NamedTuple):
    """Where in a reply something is. `at`: a JMESPath, the name of a header (in small letters) or of a cookie."""

    of: From
    at: str


def source(text: str) -> Source:
    """A JMESPath, header:NAME or cookie:NAME. ValueError says what is wrong."""
    for of in ("header", "cookie"):
        if text.startswith(f"{of}:"):
            name = text.removeprefix(f"{of}:").strip()
            if not _KEY.fullmatch(name):
                raise ValueError(f"{text!r} names no {of}; write it as in {of}:{'Location' if of == 'header' else 'session'}")
            return Source(of, name.lower() if of == "header" else name)
    return Source("json", paths.checked(text))


def _checked(text: str) -> str:
    _ = source(text)
    return text


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z_]\w*", text):
        raise ValueError(f"{text!r} can't stand in a template: a name is letters, digits and _, and begins with no digit")
    return text


Takes = dict[Annotated[str, AfterValidator(_name)], Annotated[str, AfterValidator(_checked)]]
"""Names, and where in a reply each is."""
