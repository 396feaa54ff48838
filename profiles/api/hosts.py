"""The hosts that requests may carry credentials to, beside the target itself."""

import re
from typing import Annotated

from pydantic import AfterValidator


def _host(text: str) -> str:
    if not re.fullmatch(r"[\w.-]+(:\d{1,5})?|\[[0-9a-fA-F:]+\](:\d{1,5})?", text):
        raise ValueError(f'{text!r} is no host; write it as in "files.example.com" or "files.example.com:8443"')
    return text.lower()


Hosts = tuple[Annotated[str, AfterValidator(_host)], ...]
"""HOST or HOST:PORT, in small letters."""
