"""Asking others for a small document, over HTTP or by a command: what they send is bounded in size and time."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import BinaryIO

import requests

MOST = 4 << 20
"""Bytes of a document, decompressed: more than a page of metrics has."""
PIECE = 64 << 10
"""Bytes read at once."""


class Refused(Exception):
    """What came is not what was asked for; the message says so in few words."""


def page_at(url: str, patience: float) -> bytes:
    """The body of a page, which must come within `patience` seconds. Redirects are not followed: a secret in the URL is not for
    others. Raises Refused, and requests.RequestException where nothing came."""
    deadline = time.monotonic() + patience
    with requests.get(url, timeout=patience, stream=True, allow_redirects=False) as reply:
        if not 200 <= reply.status_code < 300:
            raise Refused(f"HTTP {reply.status_code}" + (", a redirect" if reply.is_redirect else ""))
        body = bytearray()
        while part := reply.raw.read1(PIECE, decode_content=True):
            body += part
            if len(body) > MOST:
                raise Refused(f"more than {MOST >> 20} MB")
            if time.monotonic() > deadline:
                raise requests.Timeout
    return bytes(body)


def output_of(words: Sequence[str], patience: float) -> bytes:
    """What a command prints, which must end within `patience` seconds. Raises Refused, OSError, and subprocess.TimeoutExpired."""
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        out, err = bytearray(), bytearray()
        readers = [
            threading.Thread(target=_read, args=of, daemon=True)
            for of in ((process, process.stdout, out), (process, process.stderr, err))
        ]
        for reader in readers:
            reader.start()
        try:
            code = process.wait(patience)
            for reader in readers:
                reader.join(patience)
        finally:
            _end(process)
    if max(len(out), len(err)) > MOST:
        raise Refused(f"more than {MOST >> 20} MB")
    if code:
        said = err.decode("utf-8", "replace").strip().splitlines()
        raise Refused(f"exit code {code}" + (f": {said[-1][:200]}" if said else ""))
    return bytes(out)


def _read(process: subprocess.Popen[bytes], stream: BinaryIO, into: bytearray) -> None:
    """Keep what comes; end a command that doesn't stop."""
    with suppress(OSError, ValueError):
        while part := os.read(stream.fileno(), PIECE):
            into += part
            if len(into) > MOST:
                _end(process)
                return


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command, and whatever it started that holds its output open."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
