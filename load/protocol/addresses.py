"""Addresses: of the target, and of a master."""

from urllib.parse import urlsplit


def public_url(url: str) -> str:
    """A URL without user name and password, as it may be written down."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
