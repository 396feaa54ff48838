"""The connections to a job service, as a profile's [api] asks for them, and the secrets that go over them."""

import os
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from load.http.departures import Departures
from load.http.hosts import Hosts
from load.http.transport import HttpClient, Limits
from load.http.trust import Trust
from profiles import Api, Profile, UserError
from profiles.api.taking import source
from profiles.expressions import varies
from profiles.templating import expand_all, secret_names

from .calls import without_query

ALWAYS_KEPT = ("retry-after", "content-encoding")


class Connections(NamedTuple):
    """`client` speaks to the target alone, `hosts` to whatever URL a reply tells."""

    client: HttpClient
    hosts: Hosts


def connect(profile: Profile, host: str, departures: Departures | None = None) -> Connections:
    """Connections to the target at `host` and beyond. Raises UserError where a secret or a file is missing."""
    api, parts = profile.api, urlsplit(host)
    if parts.query or parts.fragment:
        url = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
        raise UserError(f'--host {url}?…: no query can stand there; say it as in api.query = {{ key = "${{KEY}}" }}')
    limits = Limits(api.timeout, api.connect_timeout, api.first_byte_timeout)
    tls, kept = api.tls, kept_headers(api)
    query = urlencode(expand_all(api.query, os.environ, "api.query"))

    def client(base: str, trusted: bool) -> HttpClient:
        ours = Trust(tls.ca, tls.insecure, tls.cert, tls.key) if trusted else Trust(tls.ca, tls.insecure)
        return HttpClient(base, limits, first_headers(api) if trusted else {}, kept, departures, trust=ours, keep=api.keep)

    try:
        ours = Trust(tls.ca, tls.insecure, tls.cert, tls.key)
        own = HttpClient(host, limits, first_headers(api), kept, departures, trust=ours, keep=api.keep, query=query)
    except OSError as error:
        files = ", ".join(f"{key} = {getattr(tls, key)!r}" for key in ("ca", "cert", "key") if getattr(tls, key))
        raise UserError(f"api.tls: {files or 'the trust store'}: {error.strerror or error}") from None
    return Connections(own, Hosts(host, own, client, api.hosts))


def first_headers(api: Api) -> dict[str, str]:
    """The headers of every request before a login has told what else they need. Raises UserError where a secret is missing."""
    fixed = {name: value for name, value in api.headers.items() if not varies(value)}
    return {name: str(value) for name, value in expand_all(fixed, os.environ, "api.headers").items()}


def kept_headers(api: Api) -> set[str]:
    """The headers of replies that something is read from."""
    calls = [*api.named.values(), *([api.login] if api.login else [])]
    sources = [source(text) for call in calls for text in call.take.values()]
    kept = {*ALWAYS_KEPT, *(each.at for each in sources if each.of == "header")}
    if any(call.follow for call in calls):
        kept.add("location")
    if api.cookies or any(each.of == "cookie" for each in sources):
        kept.add("set-cookie")
    return kept | ({api.id_header.lower()} if api.id_header else set())


class Secrets:
    """What no file may hold: the values of `${NAME}`, and the tokens that a login took."""

    def __init__(self, api: Api) -> None:
        login = api.login
        told: list[Any] = [
            api.headers,
            api.query,
            *(each for call in api.named.values() for each in (call.headers, call.request)),
        ]
        if login:
            told += [login.headers, login.request, login.json_body, login.form, login.body]
        names = {name for value in told for name in secret_names(value) if os.environ.get(name)}
        self._fixed = {os.environ[name]: f"${{{name}}}" for name in names}
        self._all = self._longest_first(self._fixed)

    def learn(self, taken: dict[str, Any]) -> None:
        """These are secret from now on, in place of those of the last login."""
        tokens = {value: f"{{{{ {name} }}}}" for name, value in taken.items() if isinstance(value, str) and len(value) > 3}
        self._all = self._longest_first(tokens | self._fixed)

    def hidden(self, text: str) -> str:
        """The same text without them, and without what follows the `?` of a URL."""
        for value, shown in self._all:
            text = text.replace(value, shown)
        return without_query(text)

    @staticmethod
    def _longest_first(shown: dict[str, str]) -> list[tuple[str, str]]:
        return sorted(shown.items(), key=lambda secret: -len(secret[0]))
