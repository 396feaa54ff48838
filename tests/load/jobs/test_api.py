"""How replies are understood, with a client that replies as told."""

import random
from collections.abc import Callable, Iterable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from load.http.transport import HttpClient, Reply
from load.jobs.answers import Answer
from load.jobs.api import HttpJobApi
from load.jobs.reading import parse_time
from load.protocol.addresses import public_url
from profiles import Profile, UserError

RNG = random.Random(1)


class FakeClient(HttpClient):
    """Replies the same to all that it is asked, and remembers what that was."""

    def __init__(self, real: HttpClient, code: int | None, body: bytes, error: str = "", header: str = "") -> None:
        vars(self).update(vars(real))
        self.reply = Reply(1.0, 0.5, code, body, {"location": header} if header else {}, 10, len(body), error)
        self.asked: list[tuple[str, str, bytes]] = []

    def _exchange(self, data: bytes, repeatable: bool, rest: Iterable[bytes] = (), whole: Any = None) -> Reply:
        head, _, body = data.partition(b"\r\n\r\n")
        method, path, version = head.partition(b"\r\n")[0].decode().split(" ")
        assert version == "HTTP/1.1" and repeatable == (method == "GET")
        self.asked.append((method, path, body))
        return self.reply


@pytest.fixture
def api_of(profile_with: Callable[..., Profile]) -> Callable[..., HttpJobApi]:
    """An api whose target replies with this code and document (bytes as they are), or not at all."""

    def api(document: Any = b"", code: int | None = 200, error: str = "", header: str = "", **tables: Any) -> HttpJobApi:
        made = HttpJobApi(profile_with(**tables), "http://127.0.0.1:1")
        made._client = FakeClient(
            made._client, code, document if isinstance(document, bytes) else orjson.dumps(document), error, header
        )
        return made

    return api


def facts(answer: Answer) -> tuple[bool, str, str, str]:
    return answer.ok, answer.id, answer.state, answer.error


@pytest.mark.parametrize(
    ("code", "document", "told"),
    [
        (202, {"id": "abc"}, (True, "abc", "", "")),
        (202, {"id": 17}, (True, "17", "", "")),
        (202, {"id": 0}, (True, "0", "", "")),
        (202, {"id": None}, (False, "", "", "the reply has no 'id' (api.id)")),
        (202, {"id": {"a": 1}}, (False, "", "", "the reply has no 'id' (api.id)")),
        (202, {"id": [1]}, (False, "", "", "the reply has no 'id' (api.id)")),
        (202, {}, (False, "", "", "the reply has no 'id' (api.id)")),
        (202, ["id"], (False, "", "", "the reply has no 'id' (api.id)")),
        (202, b"<html>", (False, "", "", "the reply is not JSON")),
        (202, b"", (False, "", "", "the reply is not JSON")),
        (202, b'{"id": "\xff"}', (False, "", "", "the reply is not JSON")),
        (200, {"id": "abc"}, (False, "", "", "HTTP 200")),
        (500, {"id": "abc"}, (False, "", "", "HTTP 500")),
        (503, b"busy", (False, "", "rejected", "HTTP 503")),
    ],
)
def test_replies_to_a_submit(api_of: Any, code: int, document: Any, told: Any) -> None:
    assert facts(api_of(document, code).submit("sum", 1, RNG, "")) == told


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("/jobs/7", (True, "7", "", "")),
        ("http://127.0.0.1/jobs/a%20b/?x=1", (True, "a b", "", "")),
        ("17", (True, "17", "", "")),
        ("", (False, "", "", "the reply has no id in the header 'Location' (api.id_header)")),
    ],
)
def test_the_id_in_a_header(api_of: Any, header: str, told: Any) -> None:
    assert facts(api_of(b"", 202, header=header, api={"id_header": "Location"}).submit("sum", 1, RNG, "")) == told


@pytest.mark.parametrize(
    ("code", "document", "told"),
    [
        (200, {"status": "QUEUED"}, (True, "", "waiting", "")),
        (206, {"status": "DONE"}, (True, "", "succeeded", "")),
        (200, {"status": "REFUSED"}, (True, "", "rejected", "")),
        (200, {"status": "done"}, (False, "", "", "state 'done' is not in api.states")),
        (200, {"status": 3}, (False, "", "", "state '3' is not in api.states")),
        (200, {"status": ["DONE"]}, (False, "", "", "state \"['DONE']\" is not in api.states")),
        (200, {"status": "x" * 99}, (False, "", "", f"state '{'x' * 40}' is not in api.states")),
        (200, {"status": None}, (False, "", "", "the reply has no 'status' (api.state)")),
        (200, {}, (False, "", "", "the reply has no 'status' (api.state)")),
        (200, b"nope", (False, "", "", "the reply is not JSON")),
        (404, {"status": "DONE"}, (False, "", "", "HTTP 404")),
        (302, b"", (False, "", "", "HTTP 302")),
    ],
)
def test_replies_to_a_poll(api_of: Any, code: int, document: Any, told: Any) -> None:
    assert facts(api_of(document, code).status("1")) == told


@pytest.mark.parametrize(
    ("code", "document", "told"),
    [
        (200, {"result": 5}, (True, "", "", "")),
        (200, {"cause": "no memory"}, (True, "", "", "no memory")),
        (200, {"cause": {"code": 7, "text": "voilà"}}, (True, "", "", '{"code": 7, "text": "voilà"}')),
        (200, {"cause": None}, (True, "", "", "")),
        (200, b"\x89PNG", (True, "", "", "")),
        (404, {"cause": "x"}, (False, "", "", "HTTP 404: x")),
        (500, b"", (False, "", "", "HTTP 500")),
    ],
)
def test_replies_to_a_fetch(api_of: Any, code: int, document: Any, told: Any) -> None:
    assert facts(api_of(document, code).result("1")) == told


@pytest.mark.parametrize(
    ("api", "document", "told"),
    [
        ({"result_of": ["succeeded"]}, {"status": "FAILED", "cause": "no memory"}, (True, "", "failed", "no memory")),
        ({"result_of": ["succeeded"]}, {"status": "FAILED", "cause": {"code": 7}}, (True, "", "failed", '{"code": 7}')),
        ({"result_of": ["succeeded"]}, {"status": "FAILED"}, (True, "", "failed", "")),
        ({"result_of": ["succeeded"]}, {"status": "RUNNING", "cause": "x"}, (True, "", "running", "")),
        ({"result_of": ["succeeded"]}, {"status": "DONE", "cause": "x"}, (True, "", "succeeded", "")),
        ({"result_of": ["succeeded"]}, {"status": "REFUSED", "cause": "x"}, (True, "", "rejected", "")),
        ({"result_of": ["succeeded"], "error": ""}, {"status": "FAILED", "cause": "x"}, (True, "", "failed", "")),
        ({"result": None}, {"status": "FAILED", "cause": "no memory"}, (True, "", "failed", "no memory")),
        ({"result_of": ["failed"]}, {"status": "FAILED", "cause": "x"}, (True, "", "failed", "")),
        ({}, {"status": "FAILED", "cause": "x"}, (True, "", "failed", "")),
    ],
)
def test_a_poll_tells_the_cause_where_no_result_will(api_of: Any, api: Any, document: Any, told: Any) -> None:
    assert facts(api_of(document, api=api).status("1")) == told


def test_no_reply_at_all(api_of: Any) -> None:
    api = api_of(code=None, error="timed out")
    for answer in (api.submit("sum", 1, RNG, ""), api.status("1"), api.result("1")):
        assert facts(answer) == (False, "", "", "timed out")
        assert answer.reply.code is None


def test_a_path_whose_functions_meet_another_type_finds_nothing(api_of: Any) -> None:
    paths = {"id": "join('-', ids)", "state": "join('-', words)", "error": "max(sizes)", "times": {"created": "sum(a[::1])"}}
    assert api_of({"ids": 5}, 202, api=paths).submit("sum", 1, RNG, "").error == "the reply has no \"join('-', ids)\" (api.id)"
    assert api_of({"words": {}}, api=paths).status("1").error == "the reply has no \"join('-', words)\" (api.state)"
    assert facts(api_of({"sizes": [1, "a"]}, api=paths).result("1")) == (True, "", "", "")
    ended = api_of({"words": ["DONE"], "a": "text"}, api=paths).status("1")
    assert (ended.state, ended.created) == ("succeeded", None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "status", "cause", "created", "finished", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


def test_nothing_a_target_sends_raises(api_of: Any) -> None:
    api = api_of(api={"state": "status || x", "error": "length(cause)", "id": "id || to_string(x)"})

    @given(st.binary(max_size=30) | JSON.map(orjson.dumps), st.sampled_from([200, 202, 204, 404, 503]))
    def understand(body: bytes, code: int) -> None:
        api._client = FakeClient(api._client, code, body)
        for answer in (api.submit("sum", 1, RNG, ""), api.status("1"), api.result("1")):
            assert isinstance(answer.error, str) and isinstance(answer.id, str) and isinstance(answer.word, str)
            assert answer.ok or answer.error

    understand()


def test_times_come_with_the_last_poll_alone(api_of: Any) -> None:
    times = {"created": "2026-01-02T03:04:05Z", "finished": 1767323046500}
    ended = api_of({"status": "DONE", **times}).status("1")
    assert (ended.created, ended.started, ended.finished) == (1767323045.0, None, 1767323046.5)
    running = api_of({"status": "RUNNING", **times}).status("1")
    assert (running.created, running.finished) == (None, None)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2026-01-02T03:04:05Z", 1767323045.0),
        ("2026-01-02T04:04:05+01:00", 1767323045.0),
        ("2026-01-02T03:04:05", 1767323045.0),
        ("2026-01-02 03:04:05.250", 1767323045.25),
        ("2026-01-02T03:04:05.123456789Z", 1767323045.123456),
        (1767323045, 1767323045.0),
        (1767323045.25, 1767323045.25),
        (1767323045250, 1767323045.25),
        (1767323045250.5, 1767323045.2505),
        (0, 0.0),
        ("yesterday", None),
        ("", None),
        (None, None),
        (True, None),
        ({}, None),
        (["2026-01-02"], None),
    ],
)
def test_times(value: Any, seconds: float | None) -> None:
    assert parse_time(value) == (None if seconds is None else pytest.approx(seconds, abs=1e-6))


@given(JSON | st.datetimes().map(lambda moment: moment.isoformat()) | st.integers())
def test_any_value_is_a_time_or_none(value: Any) -> None:
    assert parse_time(value) is None or isinstance(parse_time(value), float)


@pytest.mark.parametrize(
    ("job_id", "path"),
    [
        ("abc-1_2.3~", "abc-1_2.3~"),
        ("a/b", "a%2Fb"),
        ("../../admin", "..%2F..%2Fadmin"),
        ("a b?c=d#e", "a%20b%3Fc%3Dd%23e"),
        ("1 HTTP/1.1\r\nX: y", "1%20HTTP%2F1.1%0D%0AX%3A%20y"),
        ("ü", "%C3%BC"),
        ("{id}", "%7Bid%7D"),
    ],
)
def test_ids_are_quoted_in_paths(api_of: Any, job_id: str, path: str) -> None:
    api = api_of({"status": "DONE"})
    api.status(job_id)
    api.result(job_id)
    assert [asked[:2] for asked in api._client.asked] == [("GET", f"/jobs/{path}"), ("GET", f"/jobs/{path}/result")]


def test_a_submit_sends_the_kinds_body(api_of: Any) -> None:
    api = api_of({"id": 1}, 202)
    api.submit("sum", 42, RNG, "")
    api.submit("fetch", 43, RNG, "")
    assert api._client.asked == [("POST", "/jobs", b'{"n":42}'), ("POST", "/jobs", b"")]


def test_secrets_go_out_and_never_come_back(
    api_of: Any, profile_with: Callable[..., Profile], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "s3cr'et" * 20)
    monkeypatch.setenv("SHORT", "s3cr")
    monkeypatch.setenv("EMPTY", "")
    tables = {"api": {"headers": {"Authorization": "Bearer ${TOKEN}", "X": "${SHORT}${EMPTY}"}}}
    sent = HttpJobApi(profile_with(**tables), "http://127.0.0.1:1")._client._head
    assert f"Authorization: Bearer {'s3cr' + chr(39) + 'et'}" in sent and "X: s3cr\r\n" in sent
    echo = "s3cr'et" * 20
    said = [
        api_of({"status": echo}, **tables).status("1"),
        api_of({"status": [f"no {echo} here"]}, **tables).status("1"),
        api_of({"cause": f"bad token {echo}"}, **tables).result("1"),
        api_of({"cause": {"headers": [echo]}}, **tables).result("1"),
        api_of({"status": "FAILED", "cause": echo}, api=tables["api"] | {"result": None}).status("1"),
        api_of({"id": None, "x": echo}, 202, **tables).submit("sum", 1, RNG, ""),
    ]
    assert said[0].error == "state '${TOKEN}' is not in api.states"
    assert said[2].error == "bad token ${TOKEN}"
    for answer in said:
        assert "s3cr" not in answer.error and "s3cr" not in answer.word


def test_a_secret_that_is_missing_is_named(api_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOKEN", raising=False)
    with pytest.raises(UserError, match=r"^api.headers.Authorization: the environment has no TOKEN; set it, as in TOKEN=…"):
        api_of(api={"headers": {"Authorization": "Bearer ${TOKEN}"}})


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://host:80/path", "http://host:80/path"),
        ("https://me:secret@host", "https://host"),
        ("https://me:se@cret@host:1/x?y=z", "https://host:1/x?y=z"),
        ("http://me@[::1]:5", "http://[::1]:5"),
    ],
)
def test_urls_are_shown_without_credentials(url: str, shown: str) -> None:
    assert public_url(url) == shown
