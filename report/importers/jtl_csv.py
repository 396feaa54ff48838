"""JMeter's log as CSV (JTL): any subset of its columns, with a header or, in JMeter's default order, without.

`timeStamp` is when a sample began (JMeter's default), `elapsed` how long it took; both in milliseconds.
"""

from collections.abc import Sequence

import numpy as np

from .imported import Imported
from .input_file import DELIMITERS, InputFile
from .logs.columns import NUMBER, TEXT, WORDS, Batch, Columns, array_of, codes_of, epoch_seconds, is_number
from .logs.jmeter import COLUMNS, MOST_THREADS, TOOL, Samples
from .logs.request_log import RequestLog
from .logs.summary import summed_up
from .options import Options

DEFAULTS = {
    17: "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,"
    "grpThreads,allThreads,URL,Latency,IdleTime,Connect",
    16: "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,"
    "grpThreads,allThreads,Latency,IdleTime,Connect",
    12: "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,bytes,grpThreads,allThreads,Latency",
}
"""The columns of a file without a header by how many they are: JMeter 4 and newer, 3.x, 2.13."""
NEEDED = {"timeStamp", "elapsed"}
KINDS = {"elapsed": NUMBER, "allThreads": NUMBER, "SampleCount": NUMBER} | dict.fromkeys(COLUMNS, WORDS)
"""The columns that are read, if they are there."""


def fits(file: InputFile) -> bool:
    """Whether its header has JMeter's names, or its first row looks like JMeter's."""
    return _columns(file) is not None


def read(files: Sequence[InputFile], options: Options) -> Imported:
    """The test that these logs tell of. Raises UserError."""
    return summed_up(files, [_read(file) for file in files], TOOL, options)


def _columns(file: InputFile) -> Columns | None:
    for delimiter in DELIMITERS:
        cells = file.first_line(delimiter)
        if set(cells) >= NEEDED:
            return _of(file, delimiter, cells, named=True)
        if len(cells) in DEFAULTS and len(cells[0]) == 13 and is_number(cells[0]) and cells[7] in ("true", "false"):
            return _of(file, delimiter, DEFAULTS[len(cells)].split(","), named=False)
    return None


def _of(file: InputFile, delimiter: str, header: Sequence[str], named: bool) -> Columns:
    lines = file.lines_of_head(delimiter)[int(named) :]
    first = lines[0][header.index("timeStamp")] if lines and len(lines[0]) == len(header) else "0"
    times = {"timeStamp": NUMBER if is_number(first) else TEXT}
    return Columns(file, delimiter, header, named, times | {name: kind for name, kind in KINDS.items() if name in header})


def _read(file: InputFile) -> RequestLog:
    columns = _columns(file)
    if columns is None:
        raise file.fault("lacks the columns timeStamp and elapsed; is it JMeter's log?")
    samples = Samples()
    for batch in columns.batches():
        _add(samples, batch, columns)
    return samples.log(columns.left_out)


def _add(samples: Samples, batch: Batch, columns: Columns) -> None:
    start = epoch_seconds(batch["timeStamp"])
    if start is None:
        allowed = "milliseconds since 1970, or a time as 2026/11/27 12:00:00.000, in every row alike"
        raise columns.fault_where("timeStamp", columns.no_time, allowed)
    seconds = array_of(batch["elapsed"]) / 1000
    if len(seconds) and not (np.isfinite(seconds).all() and seconds.min() >= 0):
        raise columns.fault_where("elapsed", lambda text: not is_number(text) or float(text) < 0, "a number from 0 on")
    if "SampleCount" in batch and (array_of(batch["SampleCount"]) != 1).any():
        raise columns.fault_where("SampleCount", lambda text: text.strip() != "1", "1: rows of single samples")
    words = {name: column for name, column in batch.items() if columns.kinds[name] == WORDS}
    threads = array_of(batch["allThreads"]) if "allThreads" in batch else None
    if threads is not None and not (np.abs(threads) < MOST_THREADS).all():
        raise columns.fault_where("allThreads", lambda text: not is_number(text) or abs(float(text)) >= MOST_THREADS, "a count")
    samples.add(start, seconds, {n: codes_of(c, samples.texts[n]) for n, c in words.items()}, threads)
