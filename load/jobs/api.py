"""How a job service is spoken to: the one seam between a test and its target.

A `JobApi` submits a job, asks its state and fetches its result; `HttpJobApi` does so as a profile's [api] says.
Nothing here raises for what the target does: an unusable reply is an `Answer` with an error.
"""

import json
import os
import random
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

import jmespath
import orjson

from load.http.departures import Departures
from load.http.multipart import Multipart
from load.http.transport import HttpClient, Limits, Reply
from profiles import Profile, check_uploads
from profiles.fields import Codes
from profiles.templating import Payloads, expand_secrets, secret_names

State = Literal["waiting", "running", "succeeded", "failed", "rejected", ""]
_PLAIN_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_new = tuple.__new__
"""Makes an Answer in a third of the time that its own constructor takes."""
FINAL = ("succeeded", "failed", "rejected")


class Answer(NamedTuple):
    """One reply, understood. `error` says in few words, without ids, why it is not what the profile promised.

    In a reply that is, it tells why the job failed.
    """

    reply: Reply
    ok: bool
    error: str = ""
    id: str = ""
    state: State = ""
    word: str = ""
    created: float | None = None
    started: float | None = None
    finished: float | None = None


class JobApi(Protocol):
    """The seam: four calls, each of which blocks its greenlet until the reply is there."""

    def submit(self, kind: str, number: int, rng: random.Random, tenant: str = "") -> Answer:
        """Submit one job; `id` is set where it was accepted, state "rejected" where it was refused."""

    def status(self, job_id: str) -> Answer:
        """Ask how a job stands; `state` is "" where the reply doesn't tell.

        `error` is the cause where the job failed, tells why, and no result of it will be fetched.
        """

    def result(self, job_id: str) -> Answer:
        """Fetch the result of an ended job; `error` is the cause where the job failed and tells why."""

    def cancel(self, job_id: str) -> Answer:
        """Ask the target to give up a job."""


class HttpJobApi:
    """A JobApi as a profile's [api] describes it, over the lean transport."""

    def __init__(self, profile: Profile, host: str, departures: Departures | None = None) -> None:
        api = profile.api
        headers = expanded_headers(profile)
        names = {name for value in api.headers.values() for name in secret_names(value) if os.environ[name]}
        self._secrets = sorted(((os.environ[name], name) for name in names), key=lambda secret: -len(secret[0]))
        limits = Limits(api.timeout, api.connect_timeout, api.first_byte_timeout)
        self._client = HttpClient(host, limits, headers, api.id_header, departures)
        self._payloads = Payloads(profile, host)
        check_uploads(profile, "the profile")
        self._uploads = {job.kind: Multipart(job.upload) for job in profile.job if job.upload is not None}
        self._api = api
        self._submit = api.submit.split(" ", 1)
        self._status = self._client.route(*api.status.split(" ", 1))
        self._result = self._client.route(*api.result.split(" ", 1)) if api.result else None
        self._cancel = api.cancel
        self._id, self._state = _finder(api.id), _finder(api.state)
        self._error = _finder(api.error) if api.error else None
        self._status_tells_cause = bool(api.error) and "failed" not in api.fetched
        told = (api.times.created, api.times.started, api.times.finished)
        self._times = [_finder(path) if path else None for path in told]
        self._tells_times = any(told)
        self._states: dict[str, State] = {word: state for state, words in api.states.items() for word in words}

    def submit(self, kind: str, number: int, rng: random.Random, tenant: str = "") -> Answer:
        """Submit one job of a kind, in a tenant's name."""
        try:
            reply = self._send_job(kind, number, rng, tenant)
        except Exception as failure:  # Templates are the user's code: what one draw survives another may not.
            unsent = f"the job's body can't be made: {type(failure).__name__}"
            return Answer(Reply(time.monotonic(), 0.0, None, b"", "", 0, 0, unsent), False, unsent)
        if reply.code is None:
            return Answer(reply, False, reply.error)
        if reply.code in self._api.rejected:
            return Answer(reply, False, f"HTTP {reply.code}", state="rejected")
        if reply.code not in self._api.accepted:
            return Answer(reply, False, f"HTTP {reply.code}")
        job_id, error = self._id_in_header(reply) if self._api.id_header else self._id_in_body(reply)
        return Answer(reply, not error, error, id=job_id)

    def _send_job(self, kind: str, number: int, rng: random.Random, tenant: str) -> Reply:
        method, path = self._submit
        multipart = self._uploads.get(kind)
        if multipart is None:
            return self._client.request(method, path, self._payloads.encoded(kind, number, rng, tenant))
        size, pieces = multipart.body(self._payloads.fields(kind, number, rng, tenant))
        return self._client.upload(method, path, multipart.content_type, size, pieces)

    def _id_in_body(self, reply: Reply) -> tuple[str, str]:
        document, error = _json(reply)
        job_id = self._id(document) if not error else None
        if error or job_id is None or isinstance(job_id, dict | list):
            return "", error or f"the reply has no {self._api.id!r} (api.id)"
        return str(job_id), ""

    def _id_in_header(self, reply: Reply) -> tuple[str, str]:
        """The last part of the path in a header like Location; a plain id is its own last part."""
        job_id = unquote(urlsplit(reply.header).path.rstrip("/").rpartition("/")[2])
        return job_id, "" if job_id else f"the reply has no id in the header {self._api.id_header!r} (api.id_header)"

    def status(self, job_id: str) -> Answer:
        """Ask how a job stands."""
        reply = self._client.ask(self._status, job_id)
        document, error = _usable(reply)
        if error:
            return Answer(reply, False, error)
        word = self._state(document)
        state = self._states.get(word) if isinstance(word, str) else None
        if state is None:
            said = "" if word is None else self._without_secrets(str(word))
            missing = f"the reply has no {self._api.state!r} (api.state)"
            return Answer(reply, False, f"state {said[:40]!r} is not in api.states" if said else missing, word=said)
        times = self._times_in(document) if self._tells_times and state in FINAL else (None, None, None)
        cause = self._cause_in(document) if self._status_tells_cause and state == "failed" else ""
        return _new(Answer, (reply, True, cause, "", state, word, *times))

    def _times_in(self, document: Any) -> tuple[float | None, float | None, float | None]:
        created, started, finished = (parse_time(find(document)) if find else None for find in self._times)
        return created, started, finished

    def result(self, job_id: str) -> Answer:
        """Fetch the result of an ended job."""
        if self._result is None:
            raise ValueError("this profile has no api.result")
        reply = self._client.ask(self._result, job_id)
        if reply.code is None:
            return Answer(reply, False, reply.error)
        cause = self._cause_in(_json(reply)[0]) if self._error else ""
        if not 200 <= reply.code < 300:
            return Answer(reply, False, f"HTTP {reply.code}: {cause}" if cause else f"HTTP {reply.code}")
        return Answer(reply, True, cause)

    def _cause_in(self, document: Any) -> str:
        """Why the job failed, where the reply says so."""
        found = self._error(document) if self._error else None
        said = "" if found is None else found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
        return self._without_secrets(said)

    def cancel(self, job_id: str) -> Answer:
        """Ask the target to give up a job."""
        if self._cancel is None:
            raise ValueError("this profile has no api.cancel")
        return self.ask(self._cancel, job_id)

    def ask(self, request: str, job_id: str = "", expect: Codes = ()) -> Answer:
        """Any other request, METHOD /path; judged by its HTTP status alone (without `expect`: 2xx)."""
        reply = self._client.ask(self._client.route(*request.split(" ", 1)), job_id)
        good = reply.code is not None and (reply.code in expect if expect else 200 <= reply.code < 300)
        return Answer(reply, good, "" if good else reply.error or f"HTTP {reply.code}")

    def _without_secrets(self, text: str) -> str:
        for value, name in self._secrets:
            text = text.replace(value, f"${{{name}}}")
        return text

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()


def expanded_headers(profile: Profile) -> dict[str, str]:
    """The headers of every request, secrets filled in from the environment. Raises UserError where one is missing."""
    named = profile.api.headers.items()
    return {name: expand_secrets(value, os.environ, f"api.headers.{name}") for name, value in named}


def parse_time(value: Any) -> float | None:
    """Epoch seconds of a timestamp: ISO 8601 (without a zone: UTC), epoch seconds or epoch milliseconds."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return value / 1000 if value > 1e11 else float(value)
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _finder(path: str) -> Callable[[Any], Any]:
    """What finds a JMESPath in a reply; None also where the reply holds a type that the path's functions don't take."""
    if _PLAIN_PATH.fullmatch(path):
        return partial(_walk, path.split("."))
    search = jmespath.compile(path).search

    def find(document: Any) -> Any:
        try:
            return search(document)
        except Exception:  # What the target sends must not raise, and JMESPath passes on whatever its functions do.
            return None

    return find


def _walk(names: list[str], document: Any) -> Any:
    """What JMESPath finds by names alone, without its interpreter: it would take longer than the rest of a poll."""
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _usable(reply: Reply) -> tuple[Any, str]:
    code = reply.code
    if code is None:
        return None, reply.error
    return _json(reply) if 200 <= code < 300 else (None, f"HTTP {code}")


def _json(reply: Reply) -> tuple[Any, str]:
    try:
        return orjson.loads(reply.body), ""
    except orjson.JSONDecodeError:
        return None, "the reply is not JSON"
