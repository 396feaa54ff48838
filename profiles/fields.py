"""The field types that every table of a profile is made of."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from .units import DURATION_HINT, parse_duration


class Table(BaseModel):
    """A table of the profile: immutable, and no key it doesn't know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


def _endpoint(text: str) -> str:
    method, _, path = text.partition(" ")
    if method not in ("GET", "POST", "PUT", "PATCH", "DELETE") or not path.startswith("/"):
        raise ValueError(f'{text!r} is not METHOD /path, as in "GET /tasks/{{id}}"')
    return text


def _duration(value: object) -> float:
    if isinstance(value, str):
        return parse_duration(value)
    raise ValueError(f"{value!r} is not {DURATION_HINT}")


Endpoint = Annotated[str, AfterValidator(_endpoint)]
Codes = tuple[int, ...]
"""HTTP status codes."""

Duration = Annotated[float, BeforeValidator(_duration)]
"""Written as text with a unit, held as seconds."""

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Name = Annotated[str, Field(pattern=r"^[\w.-]{1,64}$")]
