"""A name that is used before it is taken, or taken nowhere, is one sentence before the first request."""

import copy
from typing import Any

import pytest

from profiles import UserError, validate

TABLES: dict[str, Any] = {
    "submit": {"request": "POST /jobs", "take": {"poll": "header:Operation-Location"}},
    "status": {"request": "GET {poll}", "take": {"file": "output.url"}},
    "result": {"request": "GET {file}"},
}
LOGIN = {"request": "POST /token", "take": {"token": "access_token"}}


def with_api(document: dict[str, Any], **api: Any) -> Any:
    return validate(copy.deepcopy(document) | {"api": document["api"] | TABLES | api}, "t.toml").api


def test_what_calls_hand_on(document: dict[str, Any]) -> None:
    api = with_api(document, login=LOGIN, headers={"Authorization": "Bearer {{ token }}"})
    assert not api.plain and list(api.named) == ["submit", "status", "result"]
    assert validate(document, "t.toml").api.plain


@pytest.mark.parametrize(
    ("api", "said"),
    [
        ({"status": {"request": "GET {pol}"}}, "api.status uses 'pol', which no call takes (api.….take); taken before it: id, poll,"),
        ({"status": {"request": "GET {file}", "take": {"file": "x"}}}, "api.status uses 'file' before api.status takes it"),
        ({"submit": {"request": "POST {file}"}, "status": "GET /{id}"}, "api.submit uses 'file', which no call takes"),
        ({"submit": "POST /jobs/{id}", "status": "GET /{id}"}, "api.submit: there is no job yet whose {id} could stand there"),
        ({"submit": TABLES["submit"] | {"headers": {"X": "{{ file }}"}}}, "api.submit uses 'file' before api.status takes it"),
        ({"submit": TABLES["submit"] | {"take": {"host": "x"}}}, "api.submit.take: every template knows another 'host'"),
        ({"submit": TABLES["submit"] | {"take": {"size": "x"}}}, "api.submit.take: every template knows another 'size'"),
        ({"status": "GET /jobs"}, "api.status = 'GET /jobs': 'GET /jobs' lacks the job's {id}"),
        ({"state": "[?id=='{{ nr }}'].s | [0]"}, "api.status uses 'nr', which no call takes"),
        ({"headers": {"A": "{{ token }}"}}, "api.headers uses 'token', which no call takes (api.….take); taken before it: none"),
        ({"headers": {"A": "{{ poll }}"}, "login": LOGIN}, "api.headers uses 'poll' before api.submit takes it"),
        ({"status": {"request": "POST {poll}", "json": {"id": "{{ nr }}"}}}, "api.status uses 'nr', which no call takes"),
        ({"status": {"request": "POST {poll}", "json": {"id": "{{ nr"}}}, "api.status.json: unexpected end of template"),
        ({"before": [{"name": "a", "request": "PUT {b}"}, {"name": "b", "request": "GET /", "take": {"b": "b"}}]}, "api.before.a uses 'b' before api.before.b takes it"),
    ],
)  # fmt: skip
def test_names_that_nothing_has_taken(document: dict[str, Any], api: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as error:
        with_api(document, **api)
    assert str(error.value).startswith(f"t.toml: {said}")


@pytest.mark.parametrize(
    ("api", "said"),
    [
        ({"submit": {"request": "POST /jobs", "take": {"id": "a["}}}, "api.submit.take.id = 'a[': 'a[' is not JMESPath"),
        ({"submit": {"request": "POST /jobs", "take": {"a-b": "a"}}}, "'a-b' can't stand in a template"),
        ({"submit": {"request": "POST /jobs", "take": {"a": "header:"}}}, "'header:' names no header; write it as in header:Location"),
        ({"submit": {"request": "POST /jobs", "take": {"a": "cookie: "}}}, "'cookie: ' names no cookie; write it as in cookie:session"),
        ({"submit": {"request": "POST /jobs", "json": 1, "body": "x"}}, "api.submit: a request has one body: json, form or body"),
        ({"submit": {"request": "GET /jobs", "json": 1}}, "api.submit: 'GET /jobs': a GET has no body"),
        ({"submit": {"request": "POST jobs"}}, "api.submit.request = 'POST jobs': 'POST jobs' is not METHOD /path"),
        ({"status": TABLES["status"] | {"codes": {"running": [202], "gone": [202]}}}, "api.status: 202 is listed as both running and gone"),
        ({"status": TABLES["status"] | {"codes": {"done": [200]}}}, "api.status.codes.done is not a key here; allowed: waiting, running, succeeded, failed, rejected, gone"),
        ({"status": TABLES["status"] | {"states": {"succeeded": ["a"]}}}, "api: states and status.states say the same thing; say it once"),
        ({"id": "a", "submit": {"request": "POST /", "take": {"id": "b", "poll": "c"}}}, "api: id and submit.take.id say the same thing; say it once"),
        ({"states": {"running": [True, "true"], "succeeded": [1]}}, "api: 'true' is listed as both running and running"),
        ({"states": {"succeeded": [None]}}, "None is no state: write a text, a number, true or false"),
        ({"states": {}}, "api: states.succeeded is missing: which state says that a job is done?"),
        ({"headers": {"content-length": "5"}}, "api.headers: 'content-length' is told by the body that is sent"),
        ({"headers": {"Accept": "a", "accept": "b"}}, "api.headers: 'Accept' and 'accept' are one header; say it once"),
        ({"hosts": ["https://x"]}, "api.hosts 1 = 'https://x': 'https://x' is no host; write it as in"),
        ({"tls": {"insecure": True, "ca": "a"}}, "api.tls: insecure trusts anybody, so ca means nothing beside it"),
        ({"tls": {"key": "a"}}, "api.tls: key belongs to a cert; say both"),
        ({"keep": "1"}, "api.keep = '1': '1' is not a size like"),
        ({"before": [{"name": "a", "request": "GET /"}] * 2}, "api.before: names must differ, found a, a"),
        ({"before": [{"name": "status", "request": "GET /"}]}, "api.before 'status': the name is taken"),
        ({"submit": TABLES["submit"] | {"follow": 21}}, "api.submit.follow = 21: must be at most 20"),
    ],
)  # fmt: skip
def test_calls_that_are_none(document: dict[str, Any], api: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as error:
        with_api(document, **api)
    assert said in str(error.value) and "\n" not in str(error.value)
