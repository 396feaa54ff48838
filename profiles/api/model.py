"""The [api] table: the calls, where in the replies the facts are, and what holds for all requests."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from profiles.fields import Codes, LastingDuration, Size, Table
from profiles.paths import JmesPath, JmesTemplate

from .calls import Backoff, BeforeCall, Call, LoginCall, ResultCall, ShortForm, StatusCall, SubmitCall
from .headers import Headers
from .hosts import Hosts
from .states import JOB_STATES, Words, told_once
from .times import Times

__all__ = ["JOB_STATES", "Api", "Backoff", "Target", "Times", "Tls"]


ENDPOINTS = ("login", "expired", "submit", "status", "result", "cancel", "redirect")
"""What rows call the requests of a profile's calls, but for those that it names itself."""


class Target(Table):
    """For the reader of the report: what was tested, and on what."""

    name: str = ""
    version: str = ""
    hardware: str = ""
    notes: str = ""


class Tls(Table):
    """Whom to trust behind https, and who we are. Inside, files are absolute paths."""

    ca: str | None = None
    insecure: bool = False
    cert: str | None = None
    key: str | None = None

    @model_validator(mode="after")
    def _make_sense(self) -> "Tls":
        if self.insecure and self.ca:
            raise ValueError("insecure trusts anybody, so ca means nothing beside it; say one of them")
        if self.key and not self.cert:
            raise ValueError("key belongs to a cert; say both")
        return self


class Api(Table):
    """How a job service is spoken to: the calls, and where in the replies the facts are."""

    submit: Annotated[SubmitCall, ShortForm]
    status: Annotated[StatusCall, ShortForm]
    result: Annotated[ResultCall, ShortForm] | None = None
    result_of: Annotated[tuple[Literal["succeeded", "failed"], ...], Field(min_length=1)] = ("succeeded", "failed")
    cancel: Annotated[Call, ShortForm] | None = None
    ready: Annotated[Call, ShortForm] | None = None
    before: tuple[BeforeCall, ...] = ()
    login: Annotated[LoginCall, ShortForm] | None = None
    id: JmesPath = "id"
    id_header: str = ""
    state: JmesTemplate = "status"
    error: JmesTemplate | Literal[""] = ""
    states: Words = {}
    times: Times = Times()
    accepted: Codes = (200, 201, 202)
    rejected: Codes = (429, 503)
    headers: Headers = {}
    query: dict[str, str | int] = {}
    cookies: bool = False
    hosts: Hosts = ()
    tls: Tls = Tls()
    keep: Size = 1 << 20
    timeout: LastingDuration = 30.0
    connect_timeout: LastingDuration | None = None
    first_byte_timeout: LastingDuration | None = None

    @field_validator("before")
    @classmethod
    def _names_differ(cls, calls: tuple[BeforeCall, ...]) -> tuple[BeforeCall, ...]:
        names = [call.name for call in calls]
        if len(set(names)) < len(names):
            raise ValueError(f"names must differ, found {', '.join(names)}")
        return calls

    @model_validator(mode="after")
    def _there_is_a_result(self) -> "Api":
        if self.result is None and "result_of" in self.model_fields_set:
            raise ValueError("result_of says whose result is fetched, but there is none: say api.result, or leave result_of out")
        return self

    @model_validator(mode="after")
    def _is_said_once(self) -> "Api":
        said = self.model_fields_set
        twice = {
            "id": "id" in self.submit.take,
            "id_header": "id" in self.submit.take,
            "state": self.status.state is not None,
            "states": self.status.states is not None,
            "accepted": bool(self.submit.accepted),
            "rejected": self.submit.rejected is not None,
        }
        tables = {"id": "submit.take.id", "id_header": "submit.take.id", "state": "status.state", "states": "status.states"}
        for key, there in twice.items():
            if there and key in said:
                raise ValueError(f"{key} and {tables.get(key, f'submit.{key}')} say the same thing; say it once")
        return self

    @model_validator(mode="after")
    def _there_is_an_end(self) -> "Api":
        told_once(self.words)
        if not self.words.get("succeeded") and not self.status.codes.get("succeeded"):
            raise ValueError("states.succeeded is missing: which state says that a job is done?")
        return self

    @property
    def words(self) -> Words:
        """Which of the service's words mean which state."""
        return self.states if self.status.states is None else self.status.states

    @property
    def state_path(self) -> str:
        """Where the reply to status tells the state."""
        return self.state if self.status.state is None else self.status.state

    @property
    def good_submit(self) -> Codes:
        """The HTTP status of an accepted submit."""
        return self.submit.accepted or self.accepted

    @property
    def full_submit(self) -> Codes:
        """The HTTP status of a refused submit."""
        return self.rejected if self.submit.rejected is None else self.submit.rejected

    @property
    def fetched(self) -> tuple[str, ...]:
        """The outcomes of the jobs whose result is fetched."""
        return self.result_of if self.result else ()

    @property
    def named(self) -> dict[str, Call]:
        """The calls of a job by name, in the order in which they are made; cancel is the last."""
        calls = {"submit": self.submit, "status": self.status, "result": self.result, "cancel": self.cancel}
        return {call.name: call for call in self.before} | {name: call for name, call in calls.items() if call is not None}

    @property
    def endpoints(self) -> dict[str, str]:
        """The endpoints whose requests are recorded, as METHOD /path by name, in the order of a job's life."""
        first = {"login": self.login.request, "expired": "ANY (answered 401, and sent again)"} if self.login else {}
        told = {name: call.request for name, call in self.named.items()}
        follows = {"redirect": "GET (as a reply says)"} if any(call.follow for call in self.named.values()) else {}
        return first | told | follows

    @property
    def plain(self) -> bool:
        """Whether nothing but a job's id is handed on, so that only that is filled into its requests."""
        simple = not (self.before or self.login or self.cookies)
        return simple and all(call.plain for call in self.named.values()) and not self.templated_paths

    @property
    def templated_paths(self) -> tuple[str, ...]:
        """The JMESPaths with a template in them: what they find depends on the job."""
        times = self.times.model_dump().values()
        told = (self.state_path, self.error, *times, self.result.expect if self.result else None)
        return tuple(path for path in told if path and "{{" in path)
