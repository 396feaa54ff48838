"""k6's CSV; the sample is of the same run as that of its JSON."""

import gzip
from pathlib import Path

import pytest

from profiles import UserError
from report.render.markdown import render_markdown

from .reading import composed, read

SAMPLE = Path(__file__).parents[2] / "data" / "k6" / "k6.csv.gz"
LINES = gzip.decompress(SAMPLE.read_bytes()).decode().splitlines()


def write(folder: Path, *lines: str) -> Path:
    file = folder / "k6.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def test_it_says_what_the_json_says() -> None:
    told, exact = read(SAMPLE), read(SAMPLE.with_name("k6.json.gz"))
    assert [(n.name, n.requests, n.failed) for n in told.names] == [(n.name, n.requests, n.failed) for n in exact.names]
    for one, other in zip(told.total.percentiles, exact.total.percentiles, strict=True):
        assert one == (None if other is None else pytest.approx(other, abs=1e-6))
    assert told.causes == exact.causes
    assert [step.clients for step in told.steps] == [1, 3, 6]


def test_whole_seconds_are_too_coarse_for_stalls() -> None:
    test = read(SAMPLE)
    assert test.stalls == []
    assert "too coarse to see for how long nothing came back" in render_markdown(composed(test))


def test_finer_times(tmp_path: Path) -> None:
    rows = [
        line.replace(line.split(",")[1], f"2026-11-27T12:{i // 600:02}:{i // 10 % 60:02}.{i % 10}Z")
        for i, line in enumerate(LINES[1:])
    ]
    test = read(write(tmp_path, LINES[0], *rows))
    assert "too coarse" not in render_markdown(composed(test))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ((",http_req", ",http_req"), ""),
        (("http_req_duration,1795", "http_req_duration,x795"), "column 'timestamp': 'x795"),
        (("http_req_duration,1795781268,", "http_req_duration,1795781268,-"), "allowed: a number from 0 on"),
    ],
)
def test_wrong_cells(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    text = "\n".join(LINES).replace(*change, 1)
    file = write(tmp_path, text)
    if not says or text == "\n".join(LINES):
        assert read(file).total.requests == 530
        return
    with pytest.raises(UserError, match=says):
        read(file)


def test_no_request(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="k6.csv: holds no request"):
        read(write(tmp_path, LINES[0], *(line for line in LINES if line.startswith("vus"))))
