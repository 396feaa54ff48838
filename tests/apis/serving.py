"""Job services of many shapes behind one port, each with a log of the truth: what it was asked, and when its jobs ended."""

import contextlib
import itertools
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

TAKES = 0.08
"""Seconds that a job takes, unless its service says otherwise."""


@dataclass
class Asked:
    """One request. `path` is below the service's own base, unquoted; `raw` as it came."""

    method: str
    path: str
    raw: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass
class Said:
    """One reply; a body that isn't bytes is sent as JSON."""

    code: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Job:
    """One job as the service knows it. Times are on CLOCK_MONOTONIC."""

    id: str
    began: float
    ends: float
    asked: Any = None
    polls: int = 0
    polled: list[float] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return time.monotonic() >= self.ends


class Service:
    """A job service. Subclasses say how it answers; `url` is its base, `elsewhere` another host's, which stores results."""

    takes: ClassVar[float] = TAKES
    name: str = ""
    url: str = ""
    elsewhere: str = ""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, int]] = []
        self.jobs: dict[str, Job] = {}
        self.lock = threading.Lock()
        self._ids = itertools.count(1)

    def begin(self, asked: Any = None, form: str = "{}") -> Job:
        """Take in a job; its id is of the form that the service uses."""
        now = time.monotonic()
        with self.lock:
            job = Job(form.format(f"j{next(self._ids)}"), now, now + self.takes, asked)
            self.jobs[job.id] = job
        return job

    def find(self, job_id: str) -> Job | None:
        """A job, counted as polled."""
        job = self.jobs.get(job_id)
        if job is not None:
            job.polls += 1
            job.polled.append(time.monotonic())
        return job

    def answer(self, asked: Asked) -> Said:
        """Answer one request, by the method named after it where there is one."""
        handler: Callable[[Asked], Said] = getattr(self, asked.method.lower())
        return handler(asked)

    def stored(self, asked: Asked) -> Said:
        """What the other host says."""
        return Said(404)


NOT_FOUND = Said(404, {"message": "there is no such thing"})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    world: "World"
    stores = False

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _handle(self) -> None:
        url = urlsplit(self.path)
        _, name, rest = url.path.split("/", 2) if url.path.count("/") > 1 else ("", url.path[1:], "")
        length = int(self.headers.get("Content-Length", 0))
        headers = {key.lower(): value for key, value in self.headers.items()}
        asked = Asked(self.command, "/" + unquote(rest), "/" + rest, dict(parse_qsl(url.query)), headers, self.rfile.read(length))
        service = self.world.services.get(name)
        try:
            said = Said(404) if service is None else service.stored(asked) if self.stores else service.answer(asked)
        except (IndexError, KeyError, ValueError):
            said = Said(400)
        if service is not None and not self.stores:
            service.seen.append((asked.method, asked.path, said.code))
        body = said.body if isinstance(said.body, bytes) else orjson.dumps(said.body)
        lines = "".join(f"{key}: {each}\r\n" for key, value in said.headers.items() for each in value.split("\n"))
        head = f"HTTP/1.1 {said.code} X\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class World:
    """All services, each below its own name: one port for them, one for the other host, one behind TLS where asked for."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.services: dict[str, Service] = {}
        handler = type("_Here", (_Handler,), {"world": self})
        storage = type("_There", (_Handler,), {"world": self, "stores": True})
        self._servers = [_Server(("127.0.0.1", 0), handler), _Server(("127.0.0.1", 0), storage)]
        if tls is not None:
            self._servers.append(_Server(("127.0.0.1", 0), handler))
            self._servers[2].socket = tls.wrap_socket(self._servers[2].socket, server_side=True)
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, which: int = 0) -> str:
        return f"{'https' if which == 2 else 'http'}://127.0.0.1:{self._servers[which].server_port}"

    def add(self, name: str, service: Service) -> Service:
        """Serve it from now on."""
        service.name, service.url, service.elsewhere = name, f"{self.url()}/{name}", f"{self.url(1)}/{name}"
        self.services[name] = service
        return service

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


@contextlib.contextmanager
def world(tls: ssl.SSLContext | None = None) -> Iterator[World]:
    """One that is gone at the end."""
    made = World(tls)
    try:
        yield made
    finally:
        made.close()
