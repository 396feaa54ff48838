"""Every failure of a request under a short fixed name, without ids or addresses: they are counted by name."""

import errno

from gevent import ssl

from report.recording.rows import NO_DESCRIPTORS, NO_PORTS

from .deadlines import OutOfTime
from .replies import BrokenReply

EXHAUSTED = (NO_DESCRIPTORS, NO_PORTS)


class TransportError(Exception):
    """A named failure of one request; `final` tells that nobody knows whether it would be safe to repeat."""

    def __init__(self, name: str, final: bool) -> None:
        super().__init__(name)
        self.name, self.final = name, final


def named(error: BaseException, begun: bool) -> BaseException:
    """The failure of a request as a TransportError; what isn't one (the greenlet was killed) as it is."""
    match error:
        case OutOfTime():
            return TransportError(str(error), True)
        case BrokenReply():
            return TransportError(error.name, error.begun)
        case OSError():
            return TransportError(name_of(error), begun)
        case _:
            return error


def tls_name(error: ssl.SSLError) -> str:
    """Why TLS didn't come about; a certificate that is refused is named with the reason."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: the certificate is refused: {error.verify_message}"
    return f"TLS: {error.reason or 'failed'}"


def name_of(error: OSError) -> str:
    """What the system says, in our words."""
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return NO_DESCRIPTORS
    if error.errno == errno.EADDRNOTAVAIL:
        return NO_PORTS
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "connection reset"
    return (error.strerror or type(error).__name__).lower()
