"""A small profile, rows to fill in, and servers that misbehave."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from load.transport import HttpClient, Limits, Reply
from profiles import Profile, validate
from report.rows import JobRow, RequestRow
from tests.load.peers import PATIENCE, Peer, Script, Server

DOCUMENT: dict[str, Any] = {
    "name": "small",
    "api": {
        "submit": "POST /jobs",
        "status": "GET /jobs/{id}",
        "result": "GET /jobs/{id}/result",
        "error": "cause",
        "times": {"created": "created", "finished": "finished"},
        "states": {
            "waiting": ["QUEUED"],
            "running": ["RUNNING"],
            "succeeded": ["DONE"],
            "failed": ["FAILED"],
            "rejected": ["REFUSED"],
        },
        "accepted": [202],
        "rejected": [503],
    },
    "job": [{"kind": "sum", "json": {"n": "{{ number }}"}}, {"kind": "fetch"}],
    "tenant": [{"name": "a"}],
    "clients": {"submit_every": "1s", "poll_every": "1s"},
    "load": {"shape": "step", "start": 10, "step": 10, "until": 30, "ramp": "0s", "hold": "60s"},
    "watch": [{"name": "target", "host": True}],
    "method": {"window": "10s"},
}


@pytest.fixture
def profile_with() -> Callable[..., Profile]:
    """A valid profile; a table given by name is laid over what is there."""

    def profile(**tables: Any) -> Profile:
        merged = {
            name: DOCUMENT[name] | table if isinstance(table, dict) and name != "load" else table
            for name, table in tables.items()
        }
        return validate(DOCUMENT | merged, "test.toml")

    return profile


@pytest.fixture
def request_row() -> Callable[..., RequestRow]:
    """A row of requests.csv."""

    def row(**changed: Any) -> RequestRow:
        usual = {"job": "1-1", "due": 1.0, "sent": 1.0, "seconds": 0.01, "worker": 1, "endpoint": "status", "kind": "sum",
                 "tenant": "", "code": 200, "ok": True, "state": "RUNNING", "bytes": 120, "error": ""}  # fmt: skip
        return RequestRow(**usual | changed)

    return row


@pytest.fixture
def job_row() -> Callable[..., JobRow]:
    """A row of jobs.csv."""

    def row(**changed: Any) -> JobRow:
        usual = {"job": "1-1", "id": "x", "kind": "sum", "tenant": "", "worker": 1, "due": 1.0, "sent": 1.0,
                 "accepted": 1.1, "done_after": 2.0, "done_before": 2.5, "ended": 2.6, "created": None, "started": None,
                 "finished": None, "outcome": "succeeded", "polls": 2, "bytes_up": 10, "bytes_down": 90,
                 "error": ""}  # fmt: skip
        return JobRow(**usual | changed)

    return row


@pytest.fixture
def stack() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as opened:
        yield opened


@pytest.fixture
def serve(stack: contextlib.ExitStack) -> Callable[..., Server]:
    """Start a server that plays these scripts."""
    return lambda *scripts: stack.enter_context(contextlib.closing(Server(*scripts)))


@pytest.fixture
def client_of(stack: contextlib.ExitStack) -> Callable[..., HttpClient]:
    """A client of a URL, closed before the server is."""

    def client(url: str, timeout: float = PATIENCE, limits: Limits | None = None, **headers: str) -> HttpClient:
        return stack.enter_context(contextlib.closing(HttpClient(url, limits or Limits(timeout), headers, "Location")))

    return client


@pytest.fixture
def ask(serve: Callable[..., Server], client_of: Callable[..., HttpClient]) -> Callable[..., Reply]:
    """The client's view of one GET that is answered with these bytes, and a hang-up."""

    def ask_once(answer: bytes | Script, timeout: float = PATIENCE) -> Reply:
        def answering(peer: Peer) -> None:
            peer.request()
            peer.send(answer)

        return client_of(serve(answer if callable(answer) else answering).url, timeout).request("GET", "/")

    return ask_once


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of our own for 127.0.0.1, and the authority's, in one file."""
    file = tmp_path_factory.mktemp("tls") / "all.pem"
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(file))
    authority.cert_pem.write_to_path(str(file), append=True)
    return file


@pytest.fixture
def with_stops(profile_with: Callable[..., Profile]) -> Callable[..., Profile]:
    """A profile of a steady load, so that no rule but that on outages is added unasked, with these stop conditions."""

    def profile(*stops: dict[str, Any], **tables: Any) -> Profile:
        return profile_with(**{"load": {"shape": "hold", "clients": 10, "hold": "60s"}, "stop": list(stops), **tables})

    return profile
