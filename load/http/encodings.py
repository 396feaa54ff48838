"""Compressed bodies (RFC 9110, 8.4.1), which a target sends to those who ask for them, or unasked."""

import zlib

from .transport import Reply

_WINDOW = {"gzip": 31, "x-gzip": 31, "deflate": 47}
"""zlib's number for what each format wraps around its data; 47 finds out by itself."""


def unpacked(reply: Reply, most: int) -> tuple[bytes, str]:
    """A reply's body as it was before it was compressed, or why it can't be told: `most` bytes are unpacked, no more."""
    encoding = reply.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return reply.body, "the reply is cut" if reply.cut else ""
    window = _WINDOW.get(encoding)
    if window is None:
        return b"", f"the reply is compressed ({encoding[:20]}), which can't be read: ask for gzip, or leave Accept-Encoding out"
    try:
        unpacker = zlib.decompressobj(window)
        body = unpacker.decompress(reply.body, most)
    except zlib.error:
        return b"", f"the reply is not {encoding}"
    if unpacker.unconsumed_tail:
        return body, "the reply is cut"
    return body, "the reply is cut" if reply.cut else "" if unpacker.eof else f"the reply is not {encoding}"
