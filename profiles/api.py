"""How a job service is spoken to, and what is submitted to it."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from .fields import Codes, Endpoint, LastingDuration, Name, Table
from .paths import JmesPath


class Target(Table):
    """For the reader of the report: what was tested, and on what."""

    name: str = ""
    version: str = ""
    hardware: str = ""
    notes: str = ""


JOB_STATES = ("waiting", "running", "succeeded", "failed", "rejected")


class Times(Table):
    """JMESPath of the server's own timestamps in the status reply (ISO 8601, epoch seconds or milliseconds)."""

    created: JmesPath | Literal[""] = ""
    started: JmesPath | Literal[""] = ""
    finished: JmesPath | Literal[""] = ""


class Api(Table):
    """How a job service is spoken to: the endpoints, and where in the replies the facts are."""

    submit: Endpoint
    status: Endpoint
    result: Endpoint | None = None
    result_of: Annotated[tuple[Literal["succeeded", "failed"], ...], Field(min_length=1)] = ("succeeded", "failed")
    cancel: Endpoint | None = None
    ready: Endpoint | None = None
    id: JmesPath = "id"
    id_header: str = ""
    state: JmesPath = "status"
    error: JmesPath | Literal[""] = ""
    states: dict[Literal["waiting", "running", "succeeded", "failed", "rejected"], tuple[str, ...]]
    times: Times = Times()
    accepted: Codes = (200, 201, 202)
    rejected: Codes = (429, 503)
    headers: dict[str, str] = {}
    timeout: LastingDuration = 30.0
    connect_timeout: LastingDuration | None = None
    first_byte_timeout: LastingDuration | None = None

    @field_validator("submit", "ready")
    @classmethod
    def _needs_no_id(cls, endpoint: str | None) -> str | None:
        if endpoint is not None and "{id}" in endpoint:
            raise ValueError(f"{endpoint!r}: there is no job yet whose {{id}} could stand there")
        return endpoint

    @field_validator("headers")
    @classmethod
    def _one_line_each(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or not value.isprintable():
                raise ValueError(f"{name!r}: {value!r} can't be sent as a header, which is one line of text")
            if bare := re.search(r"\$([A-Z_][A-Z0-9_]*)", value):
                raise ValueError(f"{name!r}: {bare[0]} would be sent as it stands; a secret is written ${{{bare[1]}}}")
        return headers

    @field_validator("status", "result", "cancel")
    @classmethod
    def _has_id(cls, endpoint: str | None) -> str | None:
        if endpoint is not None and "{id}" not in endpoint:
            raise ValueError(f"{endpoint!r} lacks the job's {{id}}")
        return endpoint

    @model_validator(mode="after")
    def _there_is_a_result(self) -> "Api":
        if self.result is None and "result_of" in self.model_fields_set:
            raise ValueError("result_of says whose result is fetched, but there is none: say api.result, or leave result_of out")
        return self

    @model_validator(mode="after")
    def _states_are_disjoint(self) -> "Api":
        seen: dict[str, str] = {}
        for state, words in self.states.items():
            for word in words:
                if word in seen:
                    raise ValueError(f"{word!r} is listed as both {seen[word]} and {state}")
                seen[word] = state
        if not self.states.get("succeeded"):
            raise ValueError("states.succeeded is missing: which state says that a job is done?")
        return self

    @property
    def fetched(self) -> tuple[str, ...]:
        """The outcomes of the jobs whose result is fetched."""
        return self.result_of if self.result else ()


class Upload(Table):
    """A file to send as multipart form data, and the fields beside it. Inside, `file` is an absolute path."""

    file: str
    field: Annotated[str, Field(min_length=1)] = "file"
    content_type: str = "application/octet-stream"
    fields: dict[str, str | int | float | bool] = {}

    @field_validator("content_type")
    @classmethod
    def _is_media_type(cls, text: str) -> str:
        if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", text):
            raise ValueError('not a media type, as in "image/png"')
        return text


class JobKind(Table):
    """One weighted kind of task and the request body that submits it."""

    kind: Name
    weight: Annotated[int, Field(ge=0)] = 1
    json_body: Any = Field(default=None, alias="json")
    upload: Upload | None = None

    @model_validator(mode="after")
    def _one_body(self) -> "JobKind":
        if self.upload is not None and self.json_body is not None:
            raise ValueError("a job is submitted with either json or an upload")
        return self
