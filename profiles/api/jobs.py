"""What is submitted: the kinds of job, and their bodies."""

import re
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from profiles.fields import Name, Table

from .calls import Scalar


class Upload(Table):
    """A file to send as multipart form data, and the fields beside it. Inside, `file` is an absolute path."""

    file: str
    field: Annotated[str, Field(min_length=1)] = "file"
    content_type: str = "application/octet-stream"
    fields: dict[str, Scalar] = {}

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
    form: dict[str, Scalar] | None = None
    body: str | None = None
    upload: Upload | None = None

    @model_validator(mode="after")
    def _one_body(self) -> "JobKind":
        if self.upload is not None and self.json_body is not None:
            raise ValueError("a job is submitted with either json or an upload")
        if sum(body is not None for body in (self.json_body, self.form, self.body, self.upload)) > 1:
            raise ValueError("a job is submitted with one body: json, form, body or upload")
        return self
