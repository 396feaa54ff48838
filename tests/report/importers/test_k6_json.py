"""k6's JSON; the sample was written by k6 itself, from steps of 1, 3 and 6 virtual users."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from profiles import UserError
from report.render.markdown import render_markdown

from .reading import composed, read

SAMPLE = Path(__file__).parents[2] / "data" / "k6" / "k6.json.gz"


def points() -> list[dict[str, object]]:
    """The requests of the sample, read another way."""
    lines = map(json.loads, gzip.decompress(SAMPLE.read_bytes()).splitlines())
    return [line["data"] for line in lines if line["type"] == "Point" and line["metric"] == "http_req_duration"]


def write(folder: Path, *lines: str) -> Path:
    file = folder / "k6.json"
    file.write_text("\n".join(lines) + "\n")
    return file


def point(metric: str, value: object, time: str = "2026-11-27T12:00:00.5Z", **tags: str) -> str:
    return json.dumps(
        {"metric": metric, "type": "Point", "data": {"time": time, "value": value, "tags": tags}}, separators=(",", ":")
    )


def test_what_k6_wrote() -> None:
    test = read(SAMPLE)
    values = np.array([point["value"] for point in points()], dtype=float) / 1000
    assert test.total.requests == len(values) == 530
    assert test.total.percentiles[:3] == (
        pytest.approx(np.percentile(values, 50)),
        pytest.approx(np.percentile(values, 90)),
        pytest.approx(np.percentile(values, 95)),
    )
    failed = [point for point in points() if point["tags"]["expected_response"] == "false"]  # type: ignore[index]
    assert test.total.failed == len(failed) == 35
    assert [named.name for named in test.names] == ["GET /items/{id}", "GET http://127.0.0.1:9/refused", "POST /orders"]
    assert [(step.clients, round(step.end - step.start)) for step in test.steps] == [(1, 13), (3, 13), (6, 13)]
    assert test.causes is not None
    assert {(c.name, c.error, c.count) for c in test.causes} == {
        ("POST /orders", "status 500", 29), ("GET http://127.0.0.1:9/refused", "dial: connection refused", 6)
    }  # fmt: skip


def test_its_document() -> None:
    report = composed(read(SAMPLE))
    assert report.title == "k6 test k6"
    assert ("VUs", "up to 6") in report.facts
    assert "At least" in next(found for found in report.answers if found.subject == "Capacity").sentence
    assert "stepload, which measures that" in render_markdown(report)


def test_older_order_of_keys_and_no_tags(tmp_path: Path) -> None:
    line = '{"type":"Point","data":{"value":12.5,"time":"2026-11-27T12:00:00+01:00","tags":null},"metric":"http_req_duration"}'
    test = read(write(tmp_path, '{"type":"Metric","data":{},"metric":"http_req_duration"}', line))
    assert (test.total.requests, test.names[0].name, test.total.failed) == (1, "requests", 1)
    assert test.started == pytest.approx(1795777200 - 0.0125)


def test_a_cut_last_line_is_left_out_and_said(tmp_path: Path) -> None:
    lines = [point("http_req_duration", 5, status="200", expected_response="true")] * 3
    file = write(tmp_path, *lines)
    file.write_text(file.read_text() + lines[0][:50])
    test = read(file)
    assert test.total.requests == 3
    assert "The last line of k6.json was cut off" in render_markdown(composed(test))


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (
            [point("http_req_duration", 5), "{nonsense}", point("http_req_duration", 5)],
            "row 2: '{nonsense}'; allowed: a line of k6's",
        ),
        ([point("http_req_duration", "fast")], "row 1"),
        ([point("http_req_duration", -5)], "row 1"),
        ([point("http_req_duration", None)], "row 1"),
        ([point("http_req_duration", 5, time="soon")], "holds a time that is none"),
        ([point("http_req_duration", 5), '{"metric":"http_req_duration","type":"Point"}'], "row 2"),
        ([point("http_req_duration", 5), '["http_req_duration"]'], "row 2"),
        ([point("iterations", 1)], "holds no request"),
        (['{"metrics":{"http_req_duration":{"avg":1}}}'], "k6's summary, which holds no requests; run k6 with --out json=FILE"),
    ],
)
def test_wrong_input(tmp_path: Path, lines: list[str], says: str) -> None:
    with pytest.raises(UserError) as caught:
        read(write(tmp_path, *lines))
    assert says in str(caught.value) and "k6.json" in str(caught.value)
