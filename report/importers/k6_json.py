"""k6's samples as JSON (`k6 run --out json=FILE`): a line each, of which those of http_req_duration and vus count."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from .imported import Imported
from .input_file import InputFile, quoted
from .logs.columns import epoch_seconds
from .logs.k6 import DURATION, TOOL, VUS, cause_codes, cause_of, log_of, name_of
from .logs.request_log import RequestLog, Texts
from .logs.summary import summed_up
from .options import Options

WANTED = tuple(f'"{metric}"'.encode() for metric in (DURATION, VUS))
SUMMARY = '"metrics"'
"""What k6's summary has, which is one JSON object over many lines or one."""


def fits(file: InputFile) -> bool:
    """Whether its first line is one of k6's, or it is k6's summary (which is then refused)."""
    first = file.head.lstrip().partition("\n")[0]
    summary = SUMMARY in file.head and DURATION in file.head
    return first.startswith("{") and (summary or ('"metric"' in first and '"type"' in first))


def read(files: Sequence[InputFile], options: Options) -> Imported:
    """The test that these files tell of. Raises UserError."""
    return summed_up(files, [_read(file) for file in files], TOOL, options)


@dataclass
class _Points:
    """The points of one metric, in the order of the file."""

    times: list[str] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    causes: list[str | None] = field(default_factory=list)

    def add(self, data: dict[str, Any]) -> None:
        """A point; raises KeyError, TypeError or ValueError for one that is none."""
        tags = data.get("tags") or {}
        value = float(data["value"])
        if not 0 <= value < 1e12:
            raise ValueError
        self.times.append(str(data["time"]))
        self.values.append(value)
        self.names.append(name_of(tags.get("method", ""), tags.get("name") or tags.get("url", "")))
        self.causes.append(cause_of(tags.get("expected_response", ""), tags.get("status", ""), tags.get("error", "")))


def _read(file: InputFile) -> RequestLog:
    if SUMMARY in file.head and '"metric":' not in file.head:
        raise file.fault("k6's summary, which holds no requests; run k6 with --out json=FILE")
    points = {DURATION: _Points(), VUS: _Points()}
    cut = ""
    for line, last, text in _lines(file):
        try:
            found = orjson.loads(text)
            if found["type"] == "Point" and found["metric"] in points:
                points[found["metric"]].add(found["data"])
        except (ValueError, KeyError, TypeError, AttributeError):
            if not last:
                raise file.fault(f"{quoted(text[:80].decode(errors='replace').strip())}; allowed: a line of k6's", line) from None
            cut = f"The last line of {file.path.name} was cut off, and is left out."
    log = _log(file, points[DURATION], points[VUS])
    return replace(log, left_out=(cut,)) if cut else log


def _lines(file: InputFile) -> Iterator[tuple[int, bool, bytes]]:
    """(number, whether it is the last and has no end, text) of each line that may matter."""
    with file.open() as stream:
        try:
            for number, line in enumerate(io.BufferedReader(stream), 1):
                unended = not line.endswith(b"\n")
                if unended or any(metric in line for metric in WANTED) or (b'"metric"' not in line and line.strip()):
                    yield number, unended, line
        except OSError as error:
            raise file.fault(f"can't be read on: {error}") from None


def _log(file: InputFile, requests: _Points, vus: _Points) -> RequestLog:
    names, causes = Texts(), Texts()
    times = [_times(file, points) for points in (requests, vus)]
    return log_of(
        times[0],
        np.array(requests.values) / 1000,
        (names, names.codes(requests.names)),
        (causes, cause_codes(requests.causes, causes)),
        (times[1], np.array(vus.values)),
        coarse=False,
    )


def _times(file: InputFile, points: _Points) -> "np.ndarray[tuple[Any, ...], np.dtype[np.float64]]":
    times = epoch_seconds(pa.array(points.times, pa.string()))
    if times is None:
        raise file.fault("holds a time that is none; allowed: 2026-11-27T12:00:00.123Z")
    return times
