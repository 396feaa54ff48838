"""Credentials go to the target and to the hosts that a profile names, wherever a reply sends."""

from collections.abc import Callable, Iterator

import pytest

from load.http.hosts import Call, Hosts, follow
from load.http.targets import quoted_in_path, with_query
from load.http.transport import HttpClient, Limits, Reply
from tests.load.peers import OK, PATIENCE, Server, answering

SECRET = {"Authorization": "Bearer s3cr3t", "X-Api-Key": "s3cr3t"}
CALL = Call("GET", b"", "application/json", {}, {})


def sent_to(url: str, code: int = 302) -> bytes:
    return f"HTTP/1.1 {code} Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.fixture
def hosts_of() -> Iterator[Callable[..., Hosts]]:
    opened: list[HttpClient] = []

    def client(base: str, trusted: bool) -> HttpClient:
        opened.append(HttpClient(base, Limits(PATIENCE), SECRET if trusted else {}, ["Location"]))
        return opened[-1]

    def hosts(url: str, *trusted: str) -> Hosts:
        return Hosts(url, client(url, True), client, trusted)

    yield hosts
    for each in opened:
        each.close()


def fetch(hosts: Hosts, url: str, most: int = 5, call: Call = CALL) -> tuple[Reply, list[Reply]]:
    return follow(hosts, hosts.send(url, call), url, call, most)


def test_another_host_sees_no_credentials(serve: Callable[..., Server], hosts_of: Callable[..., Hosts]) -> None:
    there = serve(answering(OK))
    here = serve(answering(sent_to(f"{there.url}/file?sig=1")))
    reply, passed = fetch(hosts_of(here.url), f"{here.url}/result")
    assert (reply.code, reply.body, [each.code for each in passed]) == (200, b"ok", [302])
    assert "s3cr3t" in here.heads[0] and "s3cr3t" not in there.heads[0]
    assert there.heads[0].startswith(f"GET /file?sig=1 HTTP/1.1\r\nHost: 127.0.0.1:{there.port}\r\n")


def test_a_host_that_the_profile_names_sees_them(serve: Callable[..., Server], hosts_of: Callable[..., Hosts]) -> None:
    there = serve(answering(OK))
    here = serve(answering(sent_to(there.url)))
    fetch(hosts_of(here.url, f"127.0.0.1:{there.port}"), here.url)
    assert "Authorization: Bearer s3cr3t" in there.heads[0]


def test_a_call_tells_others_only_what_is_no_secret(serve: Callable[..., Server], hosts_of: Callable[..., Hosts]) -> None:
    there = serve(answering(OK))
    here = serve(answering(sent_to(there.url, 307)))
    call = Call("PUT", b"file", "text/plain", {"X-Token": "taken", "X-Blob": "block"}, {"X-Blob": "block"})
    fetch(hosts_of(here.url), here.url, call=call)
    assert "X-Token: taken" in here.heads[0] and "X-Token" not in there.heads[0]
    assert "X-Blob: block" in there.heads[0] and there.bodies == [b"file"]


def test_the_same_host_at_another_port_is_another(serve: Callable[..., Server], hosts_of: Callable[..., Hosts]) -> None:
    here, there = serve(answering(OK)), serve(answering(OK))
    hosts = hosts_of(here.url)
    assert hosts.is_target(f"{here.url}/x?y") and not hosts.is_target(there.url)
    hosts.send(f"{there.url}/", CALL)
    assert "s3cr3t" not in there.heads[0]


def test_nothing_secret_goes_where_it_could_be_read_on_the_way(hosts_of: Callable[..., Hosts]) -> None:
    hosts = hosts_of("https://api.test", "files.test")
    assert hosts._may_see(("https", "files.test", 443))
    assert not hosts._may_see(("http", "files.test", 80))


@pytest.mark.parametrize(
    ("code", "method", "then", "body"),
    [
        (303, "POST", "GET", b""),
        (302, "POST", "GET", b""),
        (301, "GET", "GET", b""),
        (307, "POST", "POST", b"x"),
        (308, "PUT", "PUT", b"x"),
    ],
)
def test_what_is_sent_on(
    serve: Callable[..., Server], hosts_of: Callable[..., Hosts], code: int, method: str, then: str, body: bytes
) -> None:
    server = serve(answering(sent_to("/next", code), OK))
    reply, _ = fetch(hosts_of(server.url), server.url, call=CALL._replace(method=method, body=b"" if method == "GET" else b"x"))
    assert reply.code == 200
    assert server.heads[1].startswith(f"{then} /next ") and server.bodies[1] == body


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("file:///etc/passwd", "redirected to file: no http URL"),
        ("gopher://127.0.0.1/", "redirected to gopher: no http URL"),
        ("http://127.0.0.1:99999/", "redirected to http: no http URL"),
    ],
)
def test_where_nobody_goes(serve: Callable[..., Server], hosts_of: Callable[..., Hosts], location: str, error: str) -> None:
    server = serve(answering(sent_to(location)))
    reply, passed = fetch(hosts_of(server.url), server.url)
    assert (reply.code, reply.error, passed) == (None, error, [])


def test_a_loop_ends(serve: Callable[..., Server], hosts_of: Callable[..., Hosts]) -> None:
    server = serve(answering(*[sent_to("/again")] * 9))
    reply, passed = fetch(hosts_of(server.url), server.url, most=3)
    assert (reply.code, reply.error, len(passed), len(server.heads)) == (None, "redirected more than 3 times", 3, 4)


@pytest.mark.parametrize(
    ("path", "query", "sent"),
    [
        ("/a", "", "/a"),
        ("/a", "key=1", "/a?key=1"),
        ("/a?b=2", "key=1", "/a?b=2&key=1"),
        ("/a?key=2", "key=1&x=3", "/a?key=2&x=3"),
        ("/a?", "key=1", "/a?key=1"),
    ],
)
def test_a_query_for_every_request(path: str, query: str, sent: str) -> None:
    assert with_query(path, query) == sent


def test_values_in_paths() -> None:
    assert quoted_in_path("operations/a b?c", False) == "operations%2Fa%20b%3Fc"
    assert quoted_in_path("operations/a b\r\n", True) == "operations/a%20b%0D%0A"
