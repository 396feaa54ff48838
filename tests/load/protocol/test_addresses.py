"""Addresses as people type them."""

import pytest

from load.protocol.addresses import MASTER_PORT, check_host, parse_address, port_of, public_url
from profiles import UserError


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("http://user:secret@host:8000/a?b=c", "http://host:8000/a?b=c"),
        ("https://to%40ken@host/", "https://host/"),
        ("http://host", "http://host"),
    ],
)
def test_user_and_password_are_not_written_down(url: str, public: str) -> None:
    assert public_url(url) == public


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "ftp://x", "http://", "http://x:0", "http://x:99999", "//x"])
def test_what_is_no_url(host: str) -> None:
    with pytest.raises(UserError, match="not a URL; write it as in http://"):
        check_host(host)


def test_a_host_is_named_without_its_last_slash() -> None:
    assert check_host("http://127.0.0.1:8000/api/") == "http://127.0.0.1:8000/api"
    for missing in ("", None):
        with pytest.raises(UserError, match="--host is missing"):
            check_host(missing)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.7", ("192.0.2.7", MASTER_PORT)),
        ("192.0.2.7:6000", ("192.0.2.7", 6000)),
        ("[::1]:6000", ("::1", 6000)),
        ("loader-1:0", ("loader-1", 0)),
    ],
)
def test_an_address(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text, "--master") == address


@pytest.mark.parametrize("text", ["", "http://x", "x:port", "x:70000", "user@x", "x/y", ":5557"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(UserError, match=r"^--master .*: not an address; write HOST or HOST:PORT"):
        parse_address(text, "--master")


def test_the_port_of_a_url() -> None:
    assert [port_of(url) for url in ("http://x", "https://x", "https://x:8443/y")] == [80, 443, 8443]
