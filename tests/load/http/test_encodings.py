"""Compressed replies are read, and a bomb is not unpacked."""

import gzip
import tracemalloc
import zlib

import pytest

from load.http.encodings import unpacked
from load.http.transport import Reply

TEXT = b'{"status":"done"}' * 10


def reply(body: bytes, encoding: str, cut: bool = False) -> Reply:
    return Reply(0.0, 0.1, 200, body, {"content-encoding": encoding} if encoding else {}, 1, len(body), "", "", cut)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("X-GZIP", gzip.compress(TEXT, mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("", TEXT),
        ("identity", TEXT),
    ],
)
def test_bodies_are_unpacked(encoding: str, body: bytes) -> None:
    assert unpacked(reply(body, encoding), 1 << 20) == (TEXT, "")


@pytest.mark.parametrize(
    ("encoding", "body", "why"),
    [
        ("br", TEXT, "the reply is compressed (br), which can't be read: ask for gzip, or leave Accept-Encoding out"),
        ("gzip", TEXT, "the reply is not gzip"),
        ("gzip", gzip.compress(TEXT, mtime=0)[:-9], "the reply is not gzip"),
        ("gzip", gzip.compress(TEXT * 100, mtime=0), "the reply is cut"),
    ],
)
def test_bodies_that_cannot_be(encoding: str, body: bytes, why: str) -> None:
    assert unpacked(reply(body, encoding), 1000)[1] == why


def test_a_bomb_takes_no_more_memory_than_is_kept() -> None:
    bomb = gzip.compress(bytes(200 << 20), 9)
    tracemalloc.start()
    body, why = unpacked(reply(bomb, "gzip"), 1 << 20)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(body), why) == (1 << 20, "the reply is cut")
    assert most < 4 << 20
