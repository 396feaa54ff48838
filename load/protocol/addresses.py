"""Addresses: of the target, and of a master."""

import os
from urllib.parse import urlsplit

from profiles import UserError
from profiles.templating import expand_secrets

MASTER_PORT = 5557
"""Where a master listens unless told otherwise: Locust's own port."""


def public_url(url: str) -> str:
    """A URL without user name and password, as it may be written down."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def check_host(host: str | None) -> str:
    """The target's base URL, without a slash at its end, ${NAME} filled in. Raises UserError where it isn't a URL of HTTP."""
    if not host:
        raise UserError("--host is missing: which service should be tested, as in --host http://127.0.0.1:8000?")
    host = expand_secrets(host, os.environ, "--host")
    try:
        parts = urlsplit(host)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is none
        usable = False
    if not usable:
        raise UserError(f"--host {public_url(host)}: not a URL; write it as in http://127.0.0.1:8000")
    return host.rstrip("/")


def parse_address(text: str, option: str, default: int = MASTER_PORT) -> tuple[str, int]:
    """HOST, HOST:PORT or [IPv6]:PORT as (host, port). `option` names it in errors. Raises UserError."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port if parts.port is not None else default
    except ValueError:  # a port that is none
        host, port = None, 0
    if not host or parts.netloc != text or "@" in text:
        raise UserError(f"{option} {text}: not an address; write HOST or HOST:PORT, as in 192.0.2.7:{MASTER_PORT}")
    return host, port


def port_of(url: str) -> int:
    """The TCP port of a base URL."""
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)
