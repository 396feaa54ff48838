"""Requests to whatever URL a reply tells, with credentials for none but the target and the hosts that the profile names."""

from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from .deadlines import TimeLimit
from .targets import AS_IT_IS
from .transport import HttpClient, Reply

REMEMBERED = 64
"""Hosts to which connections are kept, beside the target."""
REDIRECTS = (301, 302, 303, 307, 308)

Origin = tuple[str, str, int]
"""(scheme, host, port)"""


class Call(NamedTuple):
    """What is sent: `headers` for those who may see credentials, `bare` for all others."""

    method: str
    body: bytes
    content_type: str
    headers: dict[str, str]
    bare: dict[str, str]
    whole: TimeLimit | None = None


class Hosts:
    """Clients by origin. `client` is the target's, at `base_url`; `another` makes one of another base URL, which may see
    credentials or not; those `trusted` may: HOST or HOST:PORT."""

    def __init__(
        self, base_url: str, client: HttpClient, another: Callable[[str, bool], HttpClient], trusted: Collection[str] = ()
    ) -> None:
        self._base, self._client, self._another, self._trusted = urlsplit(base_url), client, another, trusted
        self._origin = _origin(self._base)
        self._others: OrderedDict[Origin, HttpClient] = OrderedDict()

    def absolute(self, url: str, near: str = "") -> str:
        """A URL in whole: one that isn't is told from `near`, or from the target's root."""
        return urljoin(near or self._base._replace(path="/", netloc=self._base.netloc.rpartition("@")[2]).geturl(), url)

    def is_target(self, url: str) -> bool:
        """Whether a URL is the target's own."""
        return _origin(urlsplit(url)) == self._origin

    def send(self, url: str, call: Call) -> Reply:
        """Send a request to a whole URL. Raises ValueError where it is none that can be asked."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{parts.scheme[:20] or 'no'} URL")
        client, trusted = self._client_of(parts)
        path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=AS_IT_IS)
        head = client.head_with(call.headers if trusted else call.bare)
        return client.request(call.method, path, call.body, call.content_type, head, call.whole, prefix=False)

    def use(self, headers: dict[str, str]) -> None:
        """Send these headers from now on to those who may see them."""
        self._client.use(headers)
        self.close()  # The others are made anew, with them.

    def close(self) -> None:
        """Close the idle connections."""
        while self._others:
            self._others.popitem()[1].close()

    def _client_of(self, parts: SplitResult) -> tuple[HttpClient, bool]:
        origin = _origin(parts)
        if origin == self._origin:
            return self._client, True
        trusted = self._may_see(origin)
        client = self._others.pop(origin, None)
        if client is None:
            if len(self._others) >= REMEMBERED:
                self._others.popitem(last=False)[1].close()
            client = self._another(f"{origin[0]}://{_netloc(origin)}", trusted)
        self._others[origin] = client
        return client, trusted

    def _may_see(self, origin: Origin) -> bool:
        """Whether credentials may go there; never where they'd be readable on the way and aren't now."""
        scheme, host, port = origin
        name = f"[{host}]" if ":" in host else host
        safe = scheme == "https" or self._base.scheme == "http"
        return safe and (name in self._trusted or f"{name}:{port}" in self._trusted)


def follow(hosts: Hosts, reply: Reply, url: str, call: Call, most: int) -> tuple[Reply, list[Reply]]:
    """Go where a reply sends, `most` times at the most: the last reply, and those that sent elsewhere."""
    passed: list[Reply] = []
    while reply.code in REDIRECTS and (location := reply.headers.get("location")):
        if len(passed) == most:
            return _refused(reply, f"redirected more than {most} times"), passed
        if reply.code == 303 or (reply.code in (301, 302) and call.method == "POST"):
            call = call._replace(method="GET", body=b"")
        passed.append(reply)
        try:
            url = urljoin(url, location.partition("\n")[0].strip())
            reply = hosts.send(url, call)
        except (ValueError, UnicodeError):
            scheme = location.partition(":")[0] if ":" in location[:20] else "elsewhere"
            return _refused(passed.pop(), f"redirected to {scheme}: no http URL"), passed
    return reply, passed


def _refused(reply: Reply, why: str) -> Reply:
    return reply._replace(code=None, error=why)


def _origin(parts: SplitResult) -> Origin:
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _netloc(origin: Origin) -> str:
    _, host, port = origin
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
