"""The calls that a job is made of. In its short form a call is one line, METHOD /path; as a table it says more."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from profiles.fields import Codes, Duration, LastingDuration, Name, Table
from profiles.paths import JmesTemplate

from .headers import Headers
from .requests import Asked, Request, taken_apart
from .states import StateCodes, Words, told_once
from .taking import Takes

Scalar = str | int | float | bool


class Call(Table):
    """One request: what is sent, which HTTP status of its reply is good (empty: any 2xx), how long it may take (seconds),
    how many redirects are followed, and what is taken from the reply for later calls."""

    request: Request
    json_body: Any = Field(default=None, alias="json")
    form: dict[str, Scalar] | None = None
    body: str | None = None
    headers: Headers = {}
    accepted: Codes = ()
    timeout: LastingDuration | None = None
    follow: Annotated[int, Field(ge=0, le=20)] = 0
    take: Takes = {}

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if sum(body is not None for body in (self.json_body, self.form, self.body)) > 1:
            raise ValueError("a request has one body: json, form or body")
        if self.asked.method == "GET" and self.has_body:
            raise ValueError(f"{self.request!r}: a GET has no body")
        return self

    @property
    def asked(self) -> Asked:
        """The request taken apart."""
        return taken_apart(self.request)

    @property
    def has_body(self) -> bool:
        """Whether it says a body of its own."""
        return any(body is not None for body in (self.json_body, self.form, self.body))

    @property
    def plain(self) -> bool:
        """Whether it is a path with the job's id alone: then nothing of it must be made anew for each request but that."""
        alone = not (self.has_body or self.headers or self.timeout or self.take or self.follow or self.asked.elsewhere)
        return alone and set(self.asked.names) <= {"id"}

    def __str__(self) -> str:
        return self.request


class SubmitCall(Call):
    """Submits a job. What its reply says of the state may already be the end."""

    rejected: Codes | None = None
    state: JmesTemplate | None = None
    codes: StateCodes = {}

    @model_validator(mode="after")
    def _ends(self) -> Self:
        told_once(self.codes)
        return self


class Backoff(Table):
    """Polls of a job that come ever more seldom: each pause is `factor` times the last, `most` seconds at the most."""

    factor: Annotated[float, Field(gt=1)] = 1.5
    most: LastingDuration = 30.0


class StatusCall(Call):
    """Asks how a job stands. `codes`: where the HTTP status is the state, looked at before the body. `not_found_for`: seconds
    after the submit's reply in which a 404 is no fault."""

    state: JmesTemplate | None = None
    states: Words | None = None
    codes: StateCodes = {}
    not_found_for: Duration = 0.0
    retry_after: bool = True
    backoff: Backoff | None = None

    @model_validator(mode="after")
    def _tell_once(self) -> Self:
        told_once(self.codes)
        return self


class ResultCall(Call):
    """Fetches the result of a job. `expect`: what must be true of it, else the job has failed with a wrong result."""

    expect: JmesTemplate | None = None


class BeforeCall(Call):
    """A call of each job ahead of its submit."""

    name: Name


class LoginCall(Call):
    """Signs a worker in: before its first job, after `renew` seconds, and when a call is answered 401."""

    renew: LastingDuration | None = None


def _long_form(value: Any) -> Any:
    return {"request": value} if isinstance(value, str) else value


ShortForm = BeforeValidator(_long_form)
"""METHOD /path alone is a table with that request."""
