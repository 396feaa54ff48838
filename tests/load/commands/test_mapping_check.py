"""What a check says of a job that failed, where its cause is to be found, and where it has no result."""

import time
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from load.commands.mapping_check import check
from profiles import Profile
from tests.load.peers import Peer, Server

TOLD = {"status": "FAILED", "cause": "no memory", "created": time.time(), "finished": time.time()}
NO_RESULT = '(if failed jobs have no result, say api.result_of = ["succeeded"])'


@pytest.fixture
def target(serve: Callable[..., Server]) -> Callable[..., Server]:
    """A service whose jobs end like this, and whose results are so."""

    def start(told: dict[str, Any], code: int, result: dict[str, Any]) -> Server:
        def play(peer: Peer) -> None:
            while head := peer.request():
                first = head.partition(b" HTTP/")[0]
                if first.startswith(b"POST"):
                    peer.send(reply(202, {"id": 7}))
                else:
                    peer.send(reply(code, result) if first.endswith(b"/result") else reply(200, told))

        return serve(play)

    return start


def reply(code: int, document: dict[str, Any]) -> bytes:
    body = orjson.dumps(document)
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%b" % (code, len(body), body)


ONLY_SUCCEEDED, NONE_AT_ALL = {"result_of": ["succeeded"]}, {"result": None}


@pytest.mark.parametrize(
    ("api", "code", "result", "shown", "faults"),
    [
        ({}, 404, {}, "BAD  GET /jobs/{id}/result  →  404", [f"GET /jobs/{{id}}/result: HTTP 404 {NO_RESULT}"]),
        ({}, 410, {"cause": "x"}, "HTTP 410: x", [f"GET /jobs/{{id}}/result: HTTP 410: x {NO_RESULT}"]),
        ({}, 200, {"cause": "no disk"}, "error (cause) = no disk", []),
        ({}, 200, {}, "the reply was: {}", ["GET /jobs/{id}/result: the reply has no 'cause' (api.error)"]),
        (ONLY_SUCCEEDED, 404, {}, "state (status) = FAILED → failed, error (cause) = no memory", []),
        (NONE_AT_ALL, 404, {}, "state (status) = FAILED → failed, error (cause) = no memory", []),
        (ONLY_SUCCEEDED | {"error": "why"}, 404, {}, "the reply was: {", ["GET /jobs/{id}: the reply has no 'why' (api.error)"]),
        (ONLY_SUCCEEDED | {"error": ""}, 404, {}, "state (status) = FAILED → failed", []),
    ],
)  # fmt: skip
def test_a_job_that_failed(
    profile_with: Callable[..., Profile], target: Any, api: dict[str, Any], code: int, result: Any, shown: str, faults: list[str]
) -> None:
    server, said = target(TOLD, code, result), list[str]()
    found = check(profile_with(api=api, job=[{"kind": "sum"}], watch=[]), server.url, said.append)
    assert [fault.what for fault in found] == ["the job failed", *faults]
    assert any(shown in line for line in said), said
    assert any("/result " in head for head in server.heads) == (not api)


def test_a_job_that_succeeded_has_no_cause(profile_with: Callable[..., Profile], target: Any) -> None:
    server, said = target(TOLD | {"status": "DONE"}, 200, {"cause": "all is well"}), list[str]()
    assert check(profile_with(api=ONLY_SUCCEEDED, job=[{"kind": "sum"}], watch=[]), server.url, said.append) == []
    assert "GET /jobs/{id}/result  →  200" in "".join(said)
    assert "all is well" not in "".join(said)


def test_a_job_that_was_rejected_has_no_result(profile_with: Callable[..., Profile], target: Any) -> None:
    server = target(TOLD | {"status": "REFUSED"}, 404, {})
    (fault,) = check(profile_with(job=[{"kind": "sum"}], watch=[]), server.url, list[str]().append)
    assert fault.what == "the job rejected"
    assert not any("/result " in head for head in server.heads)
