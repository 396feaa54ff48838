"""The states of a job, and the words and HTTP status by which a service tells them."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from profiles.fields import Codes

JobState = Literal["waiting", "running", "succeeded", "failed", "rejected"]
JOB_STATES: tuple[JobState, ...] = ("waiting", "running", "succeeded", "failed", "rejected")


def word_of(value: Any) -> str | None:
    """A JSON value as the word that a state is written as: a text as it is, a number or a boolean as JSON writes it (4.0 as 4);
    None for null, lists and objects."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case _:
            return None


def _word(value: Any) -> str:
    word = word_of(value)
    if word is None:
        raise ValueError(f"{value!r} is no state: write a text, a number, true or false")
    return word


Words = dict[JobState, tuple[Annotated[str, BeforeValidator(_word)], ...]]
"""Which of a service's words mean which state."""

StateCodes = dict[Literal["waiting", "running", "succeeded", "failed", "rejected", "gone"], Codes]
"""Which HTTP status means which state; "gone": there is no such job any more."""


def told_once(said: Words | StateCodes) -> None:
    """Whether each word or HTTP status means one state; ValueError where one means two."""
    seen: dict[object, str] = {}
    for state, words in said.items():
        for word in words:
            if word in seen:
                raise ValueError(f"{word!r} is listed as both {seen[word]} and {state}")
            seen[word] = state
