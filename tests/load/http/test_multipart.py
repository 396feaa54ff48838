"""Files as multipart form data: what arrives is what was sent, however large, and what fails says so."""

import contextlib
import random
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug import Request, Response
from werkzeug.serving import make_server

from load.http.multipart import PIECE, Multipart
from load.jobs.api import HttpJobApi
from profiles import Profile, Upload, UserError, load_profile
from tests.load.peers import PATIENCE, SHORT, Peer, Server, answering

ACCEPTED = b'HTTP/1.1 202 Accepted\r\nContent-Length: 8\r\n\r\n{"id":7}'
BINARY = bytes(range(256)) * 3 + b"\r\n--stepload\r\n"


@pytest.fixture
def parsed() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The URL of a server that knows multipart by a parser of its own, and what it has understood."""
    seen: list[dict[str, Any]] = []

    @Request.application
    def application(request: Request) -> Response:
        files = {name: (file.filename, file.mimetype, file.read()) for name, file in request.files.items()}
        seen.append({"fields": request.form.to_dict(flat=False), "files": files, "length": request.content_length})
        return Response('{"id": "a1"}', 202)

    server = make_server("127.0.0.1", 0, application)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}", seen
    server.shutdown()
    thread.join(PATIENCE)
    server.server_close()


@pytest.fixture
def api_of(profile_with: Callable[..., Profile]) -> Iterator[Callable[..., HttpJobApi]]:
    """An api whose one kind of job uploads this file."""
    with contextlib.ExitStack() as stack:

        def api(host: str, file: Path, api: dict[str, Any] | None = None, **upload: Any) -> HttpJobApi:
            profile = profile_with(api=api or {}, job=[{"kind": "sum", "upload": {"file": str(file), **upload}}])
            return stack.enter_context(contextlib.closing(HttpJobApi(profile, host)))

        yield api


def test_what_arrives_is_what_was_sent(parsed: Any, api_of: Callable[..., HttpJobApi], tmp_path: Path) -> None:
    """Names, too, as a browser writes them: their line ends stay escaped."""
    host, seen = parsed
    file = tmp_path / 'a "b" ü.png'
    file.write_bytes(BINARY)
    fields = {"user_id": "u-{{ number }}", "copies": 2, "share": 0.5, "fast": True, 'odd"\r\nname': "two\r\nlines, ünï"}
    api = api_of(host, file, field="asset", content_type="image/png", fields=fields)
    answers = [api.submit("sum", number, random.Random(1)) for number in (1, 2)]
    assert [(answer.ok, answer.id) for answer in answers] == [(True, "a1")] * 2
    for number, found in enumerate(seen, 1):
        assert found["files"] == {"asset": ('a "b" ü.png', "image/png", BINARY)}
        assert found["fields"] == {
            "user_id": [f"u-{number}"], "copies": ["2"], "share": ["0.5"], "fast": ["true"], 'odd"%0D%0Aname': ["two\r\nlines, ünï"],
        }  # fmt: skip


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, 20 * PIECE + 7])
def test_bytes_up_are_those_on_the_wire(
    serve: Callable[..., Server], api_of: Callable[..., HttpJobApi], tmp_path: Path, size: int
) -> None:
    server, file = serve(answering(ACCEPTED, ACCEPTED)), tmp_path / "data.bin"
    file.write_bytes(random.Random(size).randbytes(size))
    api = api_of(server.url, file)
    for turn in range(2):
        answer = api.submit("sum", turn, random.Random(1))
        assert answer.id == "7"
        assert answer.reply.bytes_up == len(server.heads[turn]) + 4 + len(server.bodies[turn])
        assert file.read_bytes() in server.bodies[turn]
    assert server.connections == 1


def test_a_file_larger_than_memory_would_do(tmp_path: Path) -> None:
    file = tmp_path / "large"
    with file.open("wb") as opened:
        opened.truncate(64 << 20)
    tracemalloc.start()
    size, pieces = Multipart(Upload(file=str(file))).body({})
    assert sum(map(len, pieces)) == size > 64 << 20
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1 << 20


def test_a_file_that_shrinks_or_goes_meanwhile(
    serve: Callable[..., Server], api_of: Callable[..., HttpJobApi], tmp_path: Path
) -> None:
    file = tmp_path / "data.bin"
    file.write_bytes(bytes(32 << 20))

    def script(peer: Peer) -> None:
        peer._raw.recv(1000)
        file.write_bytes(b"")  # the rest doesn't fit between client and server
        while peer._raw.recv(1 << 20):
            pass

    api = api_of(serve(script).url, file)
    answer = api.submit("sum", 1, random.Random(1))
    assert (answer.ok, answer.error) == (False, "the upload's file became shorter")
    assert 0 < answer.reply.bytes_up < 32 << 20
    file.unlink()
    assert api.submit("sum", 2, random.Random(1)).error == "the request can't be made: FileNotFoundError"


def test_a_target_that_refuses_before_all_has_come(
    serve: Callable[..., Server], api_of: Callable[..., HttpJobApi], tmp_path: Path
) -> None:
    """Its reply counts, and the connection is not used again."""

    def script(peer: Peer) -> None:
        peer._raw.recv(1000)
        peer.send(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
        peer._raw.shutdown(1)
        while peer._raw.recv(1 << 20):
            pass

    file = tmp_path / "data.bin"
    file.write_bytes(bytes(8 << 20))
    answer = api_of(serve(script).url, file).submit("sum", 1, random.Random(1))
    assert (answer.ok, answer.error) == (False, "HTTP 413")


def test_an_upload_that_nobody_reads_runs_out_of_time(
    serve: Callable[..., Server], api_of: Callable[..., HttpJobApi], tmp_path: Path
) -> None:
    done = threading.Event()
    file = tmp_path / "data.bin"
    file.write_bytes(bytes(32 << 20))
    server = serve(lambda _peer: done.wait(PATIENCE))
    try:
        answer = api_of(server.url, file, api={"timeout": f"{SHORT}s"}).submit("sum", 1, random.Random(1))
    finally:
        done.set()
    assert answer.error == "timed out"
    assert 0 < answer.reply.bytes_up < 32 << 20, "how far it came"


PROFILE = """
name = "up"
[api]
submit = "POST /upload"
status = "GET /jobs/{id}"
states = { succeeded = ["DONE"] }
[[job]]
kind = "any"
upload = { file = "FILE" }
[load]
shape = "hold"
clients = 1
hold = "1s"
"""


def test_the_file_is_told_from_the_profiles_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.png").write_bytes(b"png")
    (tmp_path / "up.toml").write_text(PROFILE.replace("FILE", "deep/a.png"))
    monkeypatch.chdir(tmp_path / "deep")
    profile, document = load_profile("../up.toml")
    assert profile.job[0].upload.file == document["job"][0]["upload"]["file"] == (tmp_path / "deep" / "a.png").as_posix()


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ("b.png", r"up.toml: job any: upload.file = '.*/b.png': can't be read: No such file or directory"),
        (".", r"up.toml: job any: upload.file = '.*': can't be read: Is a directory"),
        ('a" , name = "x', r"up.toml: job 1.upload.name is not a key here; allowed: file, field, content_type, fields"),
        ('a" , content_type = "png', r"up.toml: job 1.upload.content_type = 'png': not a"),
        ('a" , fields = { n = [1] } , field = "f', r"up.toml: job 1.upload.fields.n"),
        ('a" , fields = { n = "{{ nobody }}" } , field = "f', r"up.toml: job any: upload.fields: 'nobody' is undefined"),
        ('a" }\njson = { file = "b', r"up.toml: job 1: a job is submitted with either json or an upload"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path: Path, found: str, said: str) -> None:
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "up.toml").write_text(PROFILE.replace("FILE", found))
    with pytest.raises(UserError, match=said) as caught:
        load_profile(tmp_path / "up.toml")
    assert "\n" not in str(caught.value)
