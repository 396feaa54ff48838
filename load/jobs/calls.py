"""A call whose request is made anew for each job, out of what the job's earlier calls took."""

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from load.http.deadlines import TimeLimit
from load.http.hosts import Call, Hosts, follow
from load.http.targets import quoted_in_path
from load.http.transport import HttpClient, Reply
from profiles import api as said
from profiles.api.requests import Slot
from profiles.expressions import compiled, varies
from profiles.templating import Body, Names, as_text, expand_all

from .answers import Aside
from .reading import cookies

CREDENTIALS = ("authorization", "cookie", "proxy-authorization")
"""Headers that no host but the target and those in api.hosts gets to see, whatever they hold."""
COOKIES = "cookies"
"""Where the names of a job keep the cookies that its replies have set."""
_QUERY = re.compile(r"(https?://[^\s?\"']+)\?[^\s\"']*")


class Exchange(NamedTuple):
    """A reply, and what was sent on the way to it."""

    reply: Reply
    asides: tuple[Aside, ...] = ()


class JobCall:
    """One call of a profile, compiled once. `place` names it in errors. ValueError: a template is none."""

    def __init__(self, place: str, call: said.Call, hosts: Hosts, client: HttpClient, base: str, keeps_cookies: bool) -> None:
        secret = {name for name, value in call.headers.items() if "${" in value}
        call = _with_secrets(place, call)
        self._asked, self._hosts, self._client, self._keeps_cookies = call.asked, hosts, client, keeps_cookies
        self._base, self._body, self._follow = base.rstrip("/"), Body(f"{place}.", call), call.follow
        headers = call.headers
        self._headers = compiled(f"{place}.headers", headers)
        open_ = {name: value for name, value in headers.items() if not varies(value) and name not in secret}
        self._bare = {name: value for name, value in open_.items() if name.lower() not in CREDENTIALS}
        self._whole = TimeLimit(call.timeout, "timed out") if call.timeout else None
        self._fixed = headers if not varies(headers) and not keeps_cookies else None
        self._head: tuple[int, tuple[str, str]] = (-1, ("", ""))

    def send(self, names: Names, body: tuple[bytes, str] | None = None) -> Exchange:
        """Send it, with another `body` (and what it is) than its own, and follow where the reply leads. Never raises for
        what the network or the target does; raises what a template does, and ValueError where what was taken is no URL."""
        data, content_type = body or (self._body.of(names), self._body.content_type)
        headers = self._fixed if self._fixed is not None else self._with_cookies(names)
        call = Call(self._asked.method, data, content_type, headers, self._bare, self._whole)
        if self._asked.elsewhere:
            url = self._hosts.absolute(self._filled(names, whole=True))
            reply = self._hosts.send(url, call)
        else:
            path = self._filled(names)
            url = f"{self._base}{path}"
            head = self._fixed_head() if self._fixed is not None else self._client.head_with(headers)
            reply = self._client.request(call.method, path, data, content_type, head, self._whole)
        passed: list[Reply] = []
        if self._follow:
            reply, passed = follow(self._hosts, reply, url, call, self._follow)
        if self._keeps_cookies:
            self._keep_cookies(names, (*passed, reply))
        return Exchange(reply, tuple(Aside("redirect", each, True) for each in passed))

    def upload(self, names: Names, content_type: str, size: int, pieces: Iterable[bytes]) -> Exchange:
        """Send it with a body of so many bytes in pieces, to the target itself."""
        head = self._client.head_with(self._with_cookies(names))
        reply = self._client.upload(self._asked.method, self._filled(names), content_type, size, pieces, head)
        if self._keeps_cookies:
            self._keep_cookies(names, (reply,))
        return Exchange(reply)

    def _fixed_head(self) -> tuple[str, str]:
        """The head of a call whose headers are always the same, made anew when those of all calls have changed."""
        if self._head[0] != self._client.generation:
            self._head = self._client.generation, self._client.head_with(self._fixed or {})
        return self._head[1]

    def _filled(self, names: Names, whole: bool = False) -> str:
        return "".join(
            (as_text(names[piece.name]) if whole else quoted_in_path(as_text(names[piece.name]), piece.whole))
            if isinstance(piece, Slot)
            else piece
            for piece in self._asked.pieces
        )

    def _with_cookies(self, names: Names) -> dict[str, str]:
        headers: dict[str, str] = {name: as_text(value) for name, value in self._headers(names).items()}
        for name, value in headers.items():
            if not value.isprintable():
                raise ValueError(f"the header {name} would take more than a line")
        kept: Mapping[str, str] = names.get(COOKIES, {}) if self._keeps_cookies else {}
        if kept and "cookie" not in map(str.lower, headers):
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in kept.items())
        return headers

    def _keep_cookies(self, names: Names, replies: tuple[Reply, ...]) -> None:
        told: dict[str, str] = {}
        for reply in replies:
            told |= cookies(reply)
        if told:
            names[COOKIES] = {**names.get(COOKIES, {}), **told}


def rendered(headers: Mapping[str, str], names: Names, place: str) -> dict[str, str]:
    """Headers with the environment's secrets and what the names say."""
    made = compiled(place, expand_all(dict(headers), os.environ, place))(names)
    return {name: as_text(value) for name, value in made.items()}


def _with_secrets(place: str, call: said.Call) -> said.Call:
    """The same call with the environment's values in its request and headers, and in the body where it is the login."""
    filled = {key: expand_all(getattr(call, key), os.environ, f"{place}.{key}") for key in ("request", "headers")}
    if isinstance(call, said.LoginCall):
        filled |= {key: expand_all(getattr(call, key), os.environ, f"{place}.{key}") for key in ("json_body", "form", "body")}
    return call.model_copy(update=filled)


def without_query(text: str) -> str:
    """A text whose URLs end at their `?`: what follows may be a signature."""
    return _QUERY.sub(r"\1", text) if "?" in text else text


def id_of(value: Any) -> str:
    """What a job is called in the files, of what its submit took: a URL ends at its `?`."""
    text = as_text(value)
    return urlsplit(text)._replace(query="", fragment="").geturl() if "://" in text[:10] else text
