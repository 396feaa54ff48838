"""What is read out of replies, and what of it can't be."""

import gzip
from typing import Any

import pytest

from load.http.transport import Reply
from load.jobs.reading import Reader, cookies, finder_of, parse_time, retry_after


def reply(body: bytes = b"", cut: bool = False, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(0.0, 0.1, 200, body, named, 1, len(body), "", "", cut)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (1_767_323_045_250_000, 1767323045.25),
        (1_767_323_045_250_000_000, 1767323045.25),
        ("1767323045", 1767323045.0),
        ("1767323045.25", 1767323045.25),
        ("1767323045250", 1767323045.25),
        ("1767323045250000", 1767323045.25),
        ("20260102", 1767312000.0),
        ("12345", None),
    ],
)
def test_epochs_in_any_unit(value: Any, seconds: float | None) -> None:
    assert parse_time(value) == (None if seconds is None else pytest.approx(seconds, abs=1e-5))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("3", 3.0),
        (" 0 ", 0.0),
        ("Fri, 02 Jan 2026 03:04:05 GMT", 5.0),
        ("Thu, 01 Jan 2026 03:04:05 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("", None),
        ("1.5", None),
        ("²", None),
    ],
)
def test_retry_after(said: str, seconds: float | None) -> None:
    assert retry_after(reply(retry_after=said), 1767323040.0) == seconds


def test_cookies() -> None:
    said = "session=a=b; Path=/; HttpOnly\nlang=en\nnonsense"
    assert cookies(reply(set_cookie=said)) == {"session": "a=b", "lang": "en"}
    assert cookies(reply()) == {}


@pytest.mark.parametrize(
    ("received", "error"),
    [
        (reply(b'{"a":'), "the reply is not JSON"),
        (reply(b'{"a":', cut=True), "the reply is cut at 1 MiB (api.keep)"),
        (reply(gzip.compress(b"x" * (2 << 20), mtime=0), content_encoding="gzip"), "the reply is cut at 1 MiB (api.keep)"),
        (reply(gzip.compress(b"no", mtime=0), content_encoding="gzip"), "the reply is not JSON"),
        (reply(gzip.compress(b"[1]", mtime=0), content_encoding="gzip"), ""),
    ],
)
def test_json(received: Reply, error: str) -> None:
    assert Reader(1 << 20).json(received)[1] == error


@pytest.mark.parametrize("job_id", ["a", "it's", "back\\slash", "a'] || [?id=='b", "ü", "{{ id }}"])
def test_a_job_is_found_in_a_list_of_all(job_id: str) -> None:
    find = finder_of("[?id=='{{ id }}'].state | [0]")
    assert find([{"id": "b", "state": "no"}, {"id": job_id, "state": "yes"}], {"id": job_id}) == "yes"
    assert find([{"id": "b", "state": "no"}], {"id": "c"}) is None
