"""The headers that a profile asks for."""

import re
from typing import Annotated

from pydantic import AfterValidator

OURS = ("content-length", "transfer-encoding")
"""What tells where a body ends: whoever sends the body says that."""


def _checked(headers: dict[str, str]) -> dict[str, str]:
    seen: dict[str, str] = {}
    for name, value in headers.items():
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or not value.isprintable():
            raise ValueError(f"{name!r}: {value!r} can't be sent as a header, which is one line of text")
        if bare := re.search(r"\$([A-Z_][A-Z0-9_]*)", value):
            raise ValueError(f"{name!r}: {bare[0]} would be sent as it stands; a secret is written ${{{bare[1]}}}")
        if name.lower() in OURS:
            raise ValueError(f"{name!r} is told by the body that is sent, whose length differs; leave it out")
        if other := seen.setdefault(name.lower(), name) != name and seen[name.lower()]:
            raise ValueError(f"{other!r} and {name!r} are one header; say it once")
    return headers


Headers = Annotated[dict[str, str], AfterValidator(_checked)]
"""Names differ by more than case. `${NAME}` stands for a secret, `{{ … }}` for what a template makes."""
