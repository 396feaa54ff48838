"""Requests beside the jobs: health checks, metadata, downloads."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from .fields import Codes, Endpoint, Name, Table
from .units import DURATION_HINT, parse_duration


def _range(value: Any) -> tuple[float, float]:
    texts = (value, value) if isinstance(value, str) else value
    if not isinstance(texts, tuple) or len(texts) != 2 or not all(isinstance(text, str) for text in texts):
        raise ValueError(f'{value!r} is not {DURATION_HINT}, or two of them, as in ["5s", "10s"]')
    low, high = map(parse_duration, texts)
    if not 0 < low <= high:
        raise ValueError("must be longer than zero, the shorter first")
    return low, high


class Extra(Table):
    """A request that each client sends beside its jobs, again and again: `every` seconds, drawn anew between the two.

    `{id}` in it is the id of a job that succeeded lately, chosen at random. `expect`: the HTTP status of a good reply;
    without any, 2xx is.
    """

    name: Name
    request: Endpoint
    every: Annotated[tuple[float, float], BeforeValidator(_range)]
    expect: Codes = ()
