"""Whom a client trusts behind https, and who it is: the same for the load, for check, for readiness."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme

from load.jobs.api import HttpJobApi
from load.master.preflight import wait_until_ready
from profiles import Profile, UserError
from tests.load.peers import OK, Peer, Server, answering


class Files(NamedTuple):
    """Certificates: the server's with its authority, the authority alone, and a client's with its key."""

    server: Path
    ca: str
    client: str


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    server, ca, client = (folder / name for name in ("server.pem", "ca.pem", "client.pem"))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(server))
    authority.cert_pem.write_to_path(str(ca))
    authority.issue_cert("client@test").private_key_and_cert_chain_pem.write_to_path(str(client))
    return Files(server, str(ca), str(client))


@pytest.fixture
def guarded(serve: Callable[..., Server], files: Files) -> Iterator[str]:
    """The URL of a server that wants a certificate of its own authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.server)
    context.load_verify_locations(files.ca)
    context.verify_mode = ssl.CERT_REQUIRED

    def script(peer: Peer) -> None:
        peer._raw = context.wrap_socket(peer._raw, server_side=True)
        answering(OK, OK)(peer)

    yield serve(script).url.replace("http", "https")


def asked(profile: Profile, host: str) -> str:
    with closing(HttpJobApi(profile, host)) as api:
        return api.ask("GET /").error


def test_a_private_authority_and_a_client_certificate(guarded: str, files: Files, profile_with: Callable[..., Profile]) -> None:
    profile = profile_with(api={"tls": {"ca": files.ca, "cert": files.client}})
    assert asked(profile, guarded) == ""
    wait_until_ready(profile, guarded, 0.0)


def test_without_a_certificate_the_server_hangs_up(guarded: str, files: Files, profile_with: Callable[..., Profile]) -> None:
    assert asked(profile_with(api={"tls": {"ca": files.ca}}), guarded) != ""


def test_anybody_is_trusted_where_that_is_asked_for(guarded: str, files: Files, profile_with: Callable[..., Profile]) -> None:
    assert asked(profile_with(api={"tls": {"insecure": True, "cert": files.client}}), guarded) == ""


REFUSED = "TLS: the certificate is refused: self-signed certificate in certificate chain"


def test_a_certificate_that_is_refused_is_named(guarded: str, profile_with: Callable[..., Profile]) -> None:
    profile = profile_with()
    assert asked(profile, guarded) == REFUSED
    with pytest.raises(UserError, match=f"the target is not ready: {REFUSED}"):
        wait_until_ready(profile, guarded, 0.0)


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_environment_names_authorities(
    guarded: str, files: Files, profile_with: Callable[..., Profile], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, files.ca)
    assert asked(profile_with(api={"tls": {"cert": files.client}}), guarded) == ""


@pytest.mark.parametrize("tls", [{"ca": "/nowhere.pem"}, {"cert": "/nowhere.pem"}, {"cert": __file__}])
def test_files_that_are_none(profile_with: Callable[..., Profile], tls: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"^api.tls: (ca|cert) = "):
        HttpJobApi(profile_with(api={"tls": tls}), "https://127.0.0.1:1")


def test_no_proxy_is_used(
    serve: Callable[..., Server], profile_with: Callable[..., Profile], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server = serve(answering(OK, OK), answering(OK))
    assert asked(profile_with(), server.url) == ""
    wait_until_ready(profile_with(), server.url, 0.0)


def test_a_query_in_the_host_is_refused(profile_with: Callable[..., Profile]) -> None:
    with pytest.raises(UserError, match=r"^--host http://127.0.0.1:1/x\?…: no query can stand there; say it as in api.query"):
        HttpJobApi(profile_with(), "http://me:s3cr3t@127.0.0.1:1/x?key=s3cr3t")
