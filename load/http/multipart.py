"""Multipart bodies (RFC 7578) with a file in them, which is read as it is sent: it may be larger than memory."""

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from profiles import Upload

from .failures import TransportError

PIECE = 1 << 16
_ESCAPED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
"""What may not stand in a name, as browsers write it."""


class Multipart:
    """The bodies of one kind of job. `content_type` is theirs."""

    def __init__(self, upload: Upload) -> None:
        self._path = Path(upload.file)
        self._boundary = f"stepload-{uuid.uuid4().hex}"
        self.content_type = f"multipart/form-data; boundary={self._boundary}"
        named = f'name="{upload.field.translate(_ESCAPED)}"; filename="{self._path.name.translate(_ESCAPED)}"'
        self._file_head = f"{named}\r\nContent-Type: {upload.content_type}\r\n\r\n"

    def body(self, fields: Mapping[str, str]) -> tuple[int, Iterator[bytes]]:
        """The size of one body, and its pieces, to be taken once. Raises OSError where there is no such file."""
        parts = [f'name="{name.translate(_ESCAPED)}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
        start = f"--{self._boundary}\r\nContent-Disposition: form-data; "
        before = "".join(start + part for part in (*parts, self._file_head)).encode()
        after = f"\r\n--{self._boundary}--\r\n".encode()
        size = self._path.stat().st_size
        return len(before) + size + len(after), self._pieces(before, size, after)

    def _pieces(self, before: bytes, size: int, after: bytes) -> Iterator[bytes]:
        yield before
        try:
            with self._path.open("rb", buffering=0) as file:
                while size:
                    piece = file.read(min(size, PIECE))
                    if not piece:
                        raise TransportError("the upload's file became shorter", True)
                    size -= len(piece)
                    yield piece
        except OSError:
            raise TransportError("the upload's file can't be read", True) from None
        yield after
