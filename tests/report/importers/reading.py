"""How the tests of importers read a file, and a JMeter log with known contents to change."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from report.document.report import Report
from report.importers.document import compose_import
from report.importers.imported import Imported
from report.importers.input_file import open_input
from report.importers.options import parse_options
from report.importers.registry import format_of

HEADER = (
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,"
    "grpThreads,allThreads,URL,Latency,IdleTime,Connect"
)
EPOCH_MS = 1_795_000_000_000


def read(*paths: Path, fold: Sequence[str] = (), columns: str = "", form: str = "") -> Imported:
    """What the files carry, the format found out."""
    options = parse_options(fold, columns)
    files = [open_input(path) for path in paths]
    return format_of(files, form or ("columns" if columns else "")).read(files, options)


def composed(test: Imported) -> Report:
    """Its document."""
    return compose_import(test)


def elapsed_of(count: int, seed: int = 1) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Response times in milliseconds."""
    return np.random.default_rng(seed).lognormal(3.0, 0.7, count).round().astype(np.int64) + 1


def row(start: int, elapsed: int, label: str = "GET /a", **cells: object) -> dict[str, str]:
    """A row of JMeter's, `start` in milliseconds since the test began."""
    told: dict[str, object] = {
        "timeStamp": EPOCH_MS + start, "elapsed": elapsed, "label": label, "responseCode": 200, "responseMessage": "OK",
        "threadName": "Users 1-1", "dataType": "text", "success": "true", "failureMessage": "", "bytes": 512, "sentBytes": 128,
        "grpThreads": 1, "allThreads": 1, "URL": "null", "Latency": elapsed, "IdleTime": 0, "Connect": 1,
    }  # fmt: skip
    return {name: str(value) for name, value in (told | cells).items()}


def rows_of(count: int = 1000, every: int = 10) -> list[dict[str, str]]:
    """Rows of three labels; each fiftieth fails."""
    times = elapsed_of(count)
    failed = {"success": "false", "responseCode": 503, "responseMessage": "Service Unavailable"}
    return [
        row(i * every, int(times[i]), ("GET /a", "GET /b", "POST /c")[i % 3], **(failed if i % 50 == 7 else {}))
        for i in range(count)
    ]


def csv_text(rows: Sequence[dict[str, str]], names: Sequence[str] = (), header: bool = True, delimiter: str = ",") -> str:
    """Rows as CSV, with these columns alone."""
    columns = list(names) or HEADER.split(",")
    lines = [delimiter.join(columns)] if header else []
    return "\n".join([*lines, *(delimiter.join(_quoted(each[name], delimiter) for name in columns) for each in rows)]) + "\n"


def _quoted(text: str, delimiter: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in (delimiter, '"', "\n")) else text
