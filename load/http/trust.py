"""Whom to trust behind https, and who we are."""

import os
from typing import NamedTuple

from gevent import ssl

BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Environment variables that name a file of authorities to trust as well; OpenSSL itself reads SSL_CERT_FILE and SSL_CERT_DIR."""


class Trust(NamedTuple):
    """`ca`: a file of the only authorities to trust; `insecure`: trust anybody. `cert` and `key`: files of our own."""

    ca: str | None = None
    insecure: bool = False
    cert: str | None = None
    key: str | None = None


def tls_context(trust: Trust) -> ssl.SSLContext:
    """A client's, of gevent's class: ssl.create_default_context's sockets block unless all is patched. Raises OSError where
    a file can't be read or isn't what it should be."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if trust.insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    elif trust.ca:
        context.load_verify_locations(trust.ca)
    else:
        context.load_default_certs()
        for name in BUNDLES:
            if os.environ.get(name):
                context.load_verify_locations(os.environ[name])
    if trust.cert:
        context.load_cert_chain(trust.cert, trust.key)
    return context
